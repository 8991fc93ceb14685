import { lvsPaths, vrrpPaths } from '../paths.ts';
import type { Unit } from '../service-manager.ts';
import type { UnitContext } from './haproxy-unit.ts';

export const VRRP_UNIT = 'octavia-keepalived';

/** The keepalived that moves the VIP between two amphorae. */
export function vrrpUnit(context: UnitContext): Unit {
  const { config, pid, vrrpPid } = vrrpPaths(context.paths);
  const files = ['--vrrp', '-f', config, '-p', pid, '-r', vrrpPid];
  const pids = { pidFile: pid, childPidFiles: [vrrpPid] };
  return keepalived(VRRP_UNIT, 'VIP', context, pids, files);
}

/** The keepalived that sets up the kernel's balancing of one UDP or SCTP listener. */
export function lvsUnit(context: UnitContext, listenerId: string): Unit {
  const { config, pid, vrrpPid, checkPid } = lvsPaths(context.paths, listenerId);
  const files = ['-f', config, '-p', pid, '-r', vrrpPid, '-c', checkPid];
  const name = `octavia-keepalivedlvs-${listenerId}`;
  const pids = { pidFile: pid, childPidFiles: [vrrpPid, checkPid] };
  return keepalived(name, `listener ${listenerId}`, context, pids, files);
}

/** The numbers of a keepalived that is gone may be anybody's by now, and no new one would start. */
function keepalived(
  name: string,
  what: string,
  context: UnitContext,
  pids: Pick<Unit, 'pidFile' | 'childPidFiles'>,
  files: readonly string[],
): Unit {
  const program = ['keepalived', `--log-facility=${context.logFacility}`, ...files];
  const start = ['ip', 'netns', 'exec', context.namespace, ...program];
  return {
    name,
    ...pids,
    reloadSignal: 'SIGHUP',
    start,
    unitFile: `[Unit]
Description=keepalived of ${what}
After=network-online.target amphora-netns.service
Wants=network-online.target
Requires=amphora-netns.service

[Service]
Type=forking
KillMode=mixed
ExecStartPre=/bin/rm -f ${[pids.pidFile, ...pids.childPidFiles].join(' ')}
ExecStart=/sbin/${start.join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
PIDFile=${pids.pidFile}
Restart=always

[Install]
WantedBy=multi-user.target
`,
  };
}
