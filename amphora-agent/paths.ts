import { join } from 'node:path';
import type { AgentConfig } from './config.ts';

/** Every file of the amphora that the agent reads or writes, by Octavia's names below the folders of the configuration. */
export interface AgentPaths {
  readonly base: string;
  readonly certificates: string;
  readonly interfaceFiles: string;
  readonly serviceUnits: string;
  readonly pluggedInterfaces: string;
  readonly userGroupFile: string;
  readonly vipRules: string;
  /** What HAProxy runs for members with a PING monitor; controllers write this name. */
  readonly pingProgram: string;
  readonly statsCounters: string;
  readonly heartbeatEpoch: string;
  readonly startedUnits: string;
  readonly accessLogSocket: string;
  readonly vrrp: string;
  readonly lvs: string;
}

export function agentPaths(config: AgentConfig): AgentPaths {
  const { basePath, baseCertDir } = config.haproxyAmphora;
  const { agentServerNetworkDir, serviceUnitDir, plugInterfacesFile } = config.amphoraAgent;
  return {
    base: basePath,
    certificates: baseCertDir,
    interfaceFiles: agentServerNetworkDir,
    serviceUnits: serviceUnitDir,
    pluggedInterfaces: plugInterfacesFile ?? join(basePath, 'plugged_interfaces'),
    userGroupFile: join(basePath, 'haproxy-default-user-group.conf'),
    pingProgram: join(basePath, 'ping-wrapper.sh'),
    vipRules: join(basePath, 'nftables-vip.rules'),
    statsCounters: join(basePath, 'stats_counters.json'),
    heartbeatEpoch: join(basePath, 'heartbeat_epoch'),
    startedUnits: join(basePath, 'started-units.json'),
    accessLogSocket: join(basePath, 'access-log.sock'),
    vrrp: join(basePath, 'vrrp'),
    lvs: join(basePath, 'lvs'),
  };
}

export interface LoadBalancerPaths {
  readonly folder: string;
  readonly config: string;
  readonly candidate: string;
  readonly refused: string;
  /** What the running HAProxy serves; `config` is what the next one will. */
  readonly serving: string;
  readonly masterSocket: string;
  readonly pid: string;
  readonly serversState: string;
  readonly accessLog: string;
  readonly certificates: string;
}

export function loadBalancerPaths(paths: AgentPaths, loadBalancerId: string): LoadBalancerPaths {
  const folder = join(paths.base, loadBalancerId);
  return {
    folder,
    config: join(folder, 'haproxy.cfg'),
    candidate: join(folder, 'haproxy.cfg.new'),
    refused: join(folder, 'haproxy.cfg.new-failed'),
    serving: join(folder, 'haproxy.cfg.serving'),
    masterSocket: join(paths.base, `${loadBalancerId}.cli`), // no longer than that of the statistics
    pid: join(folder, `${loadBalancerId}.pid`),
    serversState: join(folder, 'servers-state'),
    accessLog: join(folder, 'access.log'),
    certificates: join(paths.certificates, loadBalancerId),
  };
}

export interface LvsPaths {
  readonly config: string;
  readonly pid: string;
  readonly vrrpPid: string;
  readonly checkPid: string;
}

export function lvsPaths(paths: AgentPaths, listenerId: string): LvsPaths {
  const stem = join(paths.lvs, `octavia-keepalivedlvs-${listenerId}`);
  return {
    config: `${stem}.conf`,
    pid: `${stem}.pid`,
    vrrpPid: `${stem}.vrrp.pid`,
    checkPid: `${stem}.check.pid`,
  };
}

export interface VrrpPaths {
  readonly config: string;
  readonly pid: string;
  /** Of the process that speaks VRRP, a child of the other. */
  readonly vrrpPid: string;
  /** What keepalived runs when its state changes, and where that notes the new one. */
  readonly notifyProgram: string;
  readonly state: string;
  readonly checkScript: string;
  readonly checkScripts: string;
  readonly haproxyCheckScript: string;
  readonly haproxyCheckProgram: string;
  readonly lvsCheckScript: string;
}

export function vrrpPaths(paths: AgentPaths): VrrpPaths {
  const checkScripts = join(paths.vrrp, 'check_scripts');
  return {
    config: join(paths.vrrp, 'octavia-keepalived.conf'),
    pid: join(paths.vrrp, 'octavia-keepalived.pid'),
    vrrpPid: join(paths.vrrp, 'octavia-keepalived.vrrp.pid'),
    notifyProgram: join(paths.vrrp, 'vrrp-notify'),
    state: join(paths.vrrp, 'state'),
    checkScript: join(paths.vrrp, 'check_script.sh'),
    checkScripts,
    haproxyCheckScript: join(checkScripts, 'haproxy_check_script.sh'),
    haproxyCheckProgram: join(paths.vrrp, 'haproxy-vrrp-check'),
    lvsCheckScript: join(checkScripts, 'lvs_udp_check.sh'),
  };
}
