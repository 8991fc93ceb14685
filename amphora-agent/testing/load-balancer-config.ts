import { join } from 'node:path';

export interface ConfigMember {
  readonly id: string;
  readonly address: string;
  readonly weight?: number;
  readonly isDisabled?: boolean;
  /** Words that its line ends with. */
  readonly words?: string;
}

export interface ConfigGiven {
  readonly base: string;
  readonly loadBalancerId: string;
  readonly listenerId: string;
  readonly bind: string;
  readonly members?: readonly ConfigMember[];
  readonly poolId?: string;
  /** Of the pool: how clients stay with their member. */
  readonly persistence?: readonly string[];
}

/** A configuration as a controller sends it, for one HTTP listener. */
export function haproxyConfig(given: ConfigGiven): string {
  const { base, loadBalancerId, listenerId, bind, members = [], poolId, persistence = [] } = given;
  const backend = poolId === undefined ? '' : `${poolId}:${listenerId}`;
  const servers = members.map(
    ({ id, address, weight = 1, isDisabled = false, words = '' }) =>
      `    server ${id} ${address} weight ${weight} check inter 1s fall 2 rise 1${isDisabled ? ' disabled' : ''}${words}`,
  );
  return `# Configuration for loadbalancer ${loadBalancerId}
global
    daemon
    user nobody
    log /run/rsyslog/octavia/log local0
    log /run/rsyslog/octavia/log local1 notice
    stats socket ${join(base, `${loadBalancerId}.sock`)} mode 0666 level user
    server-state-file ${join(base, loadBalancerId, 'servers-state')}
    maxconn 1000

defaults
    log global
    retries 3
    option redispatch
    option splice-request
    option splice-response
    option http-keep-alive
    option idle-close-on-response

frontend ${listenerId}
    maxconn 1000
    bind ${bind}
    mode http
${backend === '' ? '' : `    default_backend ${backend}\n`}    timeout client 50000
${
  backend === ''
    ? ''
    : `
backend ${backend}
    mode http
    http-reuse safe
    balance roundrobin
${persistence.map((line) => `    ${line}\n`).join('')}    timeout check 2s
    load-server-state-from-file global
    timeout connect 5000
    timeout server 50000
    fullconn 1000
${servers.join('\n')}
`
}`;
}
