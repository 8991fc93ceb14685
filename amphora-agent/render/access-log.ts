/** The tenants' log, as controllers write it: without a level, which only the administrators' has. */
const TENANT_LOG = /^(\s+)log \/run\/rsyslog\/octavia\/log (local\d)$/m;

/**
 * Makes HAProxy send the tenants' log lines to the agent, each with the load balancer's id. They wait in a ring while no
 * agent is there to take them. Lines stay where they are: HAProxy's checker names them, and the controller looks them up.
 * @param config as a controller sent it; one without a tenants' log stays as it is
 */
export function withAccessLog(config: string, loadBalancerId: string, socket: string): string {
  if (!TENANT_LOG.test(config)) return config;
  const logged = config.replace(TENANT_LOG, '$1log ring@octavia len 8192 $2');
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
