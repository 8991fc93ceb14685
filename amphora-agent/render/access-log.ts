/** Who gets lines of HAProxy's log: those on connections are tenants', those on servers and itself administrators'. */
export interface LogReaders {
  readonly tenants: boolean;
  readonly administrators: boolean;
  /** Whether the machine has a syslog of its own, which gets what these do not. */
  readonly syslog: boolean;
}

/** As controllers write them: tenants' log without a level, which only the administrators' has. */
const LOG = /^(\s+)log \/run\/rsyslog\/octavia\/log (local\d)( notice)?$/gm;

/**
 * Makes HAProxy send log lines to the agent, each with the load balancer's id. They wait in a ring while no agent is there
 * to take them. Lines stay where they are: HAProxy's checker names them, and the controller looks them up.
 * A line for tenants that nobody reads is left blank: HAProxy would write and send it at each request, for an eighth of all
 * it has to do.
 * @param config as a controller sent it
 */
export function withAccessLog(
  config: string,
  { tenants, administrators, syslog }: LogReaders,
  loadBalancerId: string,
  socket: string,
): string {
  const logged = config.replaceAll(LOG, (line, indent, facility, level = '') => {
    const isTenants = level === '';
    if (isTenants ? tenants : administrators)
      return `${indent}log ring@octavia len 8192 ${facility}${level}`;
    return isTenants && !syslog ? '' : line;
  });
  if (!logged.includes('log ring@octavia ')) return logged;
  return `${logged}
global
    log-tag ${loadBalancerId}

ring octavia
    format rfc5424
    maxlen 8192
    size 1048576
    timeout connect 5s
    timeout server 10s
    server agent unix@${socket} log-proto octet-count
`;
}
