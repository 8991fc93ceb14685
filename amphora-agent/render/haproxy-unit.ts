import type { AgentPaths } from '../paths.ts';
import { loadBalancerPaths } from '../paths.ts';
import type { Unit } from '../service-manager.ts';
import type { LogReaders } from './access-log.ts';
import { peerName } from './peer-name.ts';

export interface UnitContext {
  readonly paths: AgentPaths;
  readonly haproxyCmd: string;
  readonly namespace: string;
  readonly amphoraId: string;
  /** Whose log lines come to the agent. */
  readonly logReaders: LogReaders;
  /** n of syslog's LOCALn, to which keepalived logs. */
  readonly logFacility: number;
}

const NETNS_UNIT = 'amphora-netns';

/** How a configuration is checked before it is used. */
export function haproxyCheck(context: UnitContext, configFile: string): readonly string[] {
  const { haproxyCmd, amphoraId, paths } = context;
  return [haproxyCmd, '-c', '-L', peerName(amphoraId), '-f', configFile, '-f', paths.userGroupFile];
}

/** One HAProxy, master and worker, serves all listeners of a load balancer. */
export function haproxyUnit(context: UnitContext, loadBalancerId: string): Unit {
  const { config, pid, masterSocket } = loadBalancerPaths(context.paths, loadBalancerId);
  const run = ['ip', 'netns', 'exec', context.namespace, context.haproxyCmd];
  const files = [
    '-f',
    config,
    '-f',
    context.paths.userGroupFile,
    '-p',
    pid,
    '-L',
    peerName(context.amphoraId),
    '-S',
    `${masterSocket},mode,600,level,admin`, // ours: by it members change without a reload
  ];
  const check = haproxyCheck(context, config).join(' ');
  return {
    name: `haproxy-${loadBalancerId}`,
    pidFile: pid,
    childPidFiles: [],
    reloadSignal: 'SIGUSR2',
    start: [...run, '-W', '-D', ...files],
    unitFile: `[Unit]
Description=HAProxy of load balancer ${loadBalancerId}
After=network.target syslog.service ${NETNS_UNIT}.service
Before=octavia-keepalived.service
Requires=${NETNS_UNIT}.service

[Service]
Type=notify
ExecStartPre=${check}
ExecStart=/sbin/${[...run, '-Ws', ...files].join(' ')}
ExecReload=${check}
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
Restart=always
LimitNOFILE=2600000

[Install]
WantedBy=multi-user.target
`,
  };
}

/**
 * Makes the namespace at boot, before what runs in it. The agent brings the interfaces up as soon as it starts;
 * HAProxy may bind addresses that are not there yet.
 */
export function namespaceUnit(namespace: string): {
  readonly name: string;
  readonly unitFile: string;
} {
  return {
    name: NETNS_UNIT,
    unitFile: `[Unit]
Description=Network namespace of the amphora's data path
After=network-pre.target
Before=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/sbin/ip netns add ${namespace}
ExecStart=-/sbin/ip -n ${namespace} link set lo up
ExecStart=-/sbin/modprobe ip_vs
ExecStart=-/sbin/ip netns exec ${namespace} /sbin/sysctl -e -q -w net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.vs.conntrack=1 net.ipv4.vs.expire_nodest_conn=1 net.ipv4.vs.expire_quiescent_template=1

[Install]
WantedBy=multi-user.target
`,
  };
}
