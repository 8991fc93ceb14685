/** Where lines of HAProxy's log go: to the agent, which passes them on, to the syslog of the machine, or nowhere. */
export type LogReader = 'agent' | 'syslog' | 'nobody';

/** Lines on connections are tenants', those on servers and HAProxy itself administrators'. */
export interface LogReaders {
  readonly tenants: LogReader;
  readonly administrators: LogReader;
}

/** As controllers write them: tenants' log without a level, which only the administrators' has. */
const LOG = /^([ \t]+)log \/run\/rsyslog\/octavia\/log (local\d)( notice)?$/gm;
/** How a line on a connection looks; only frontends have it. */
const LOG_FORMAT = /^([ \t]+)(log-format .*)$/gm;
/** What is left out stays as a comment, so that it can be put back. */
const UNREAD = '#! ';
const SILENT = `no log ${UNREAD}`;
const TO_AGENT = 'log ring@octavia len 8192 ';
const SECTIONS = '\nglobal\n    log-tag ';

/**
 * Makes HAProxy send log lines to the agent, each with the load balancer's id. They wait in a ring while no agent is there
 * to take them. Lines of the file stay where they are: HAProxy's checker names them, and the controller looks them up.
 * What nobody reads is not written: a line for each request is an eighth of all that HAProxy has to do, and one that is put
 * together only to be found below the administrators' level a twentieth (`bench/amphora/throughput.ts`).
 * @param config as a controller sent it
 */
export function withAccessLog(
  config: string,
  { tenants, administrators }: LogReaders,
  loadBalancerId: string,
  socket: string,
): string {
  const pointed = config.replaceAll(LOG, (line, indent, facility, level = '') => {
    switch (level === '' ? tenants : administrators) {
      case 'agent':
        return `${indent}${TO_AGENT}${facility}${level}`;
      case 'syslog':
        return line;
      case 'nobody':
        return line.replace(indent, `${indent}${UNREAD}`);
    }
  });
  const logged = tenants === 'nobody' ? pointed.replaceAll(LOG_FORMAT, `$1${SILENT}$2`) : pointed;
  if (!logged.includes('log ring@octavia ')) return logged;
  return `${logged}${SECTIONS}${loadBalancerId}

ring octavia
    format rfc5424
    maxlen 8192
    size 1048576
    timeout connect 5s
    timeout server 10s
    server agent unix@${socket} log-proto octet-count
`;
}

/** The configuration as the controller sent it: it may ask for it back, and compare. */
export function asSent(config: string): string {
  const end = config.indexOf(SECTIONS);
  return (end === -1 ? config : config.slice(0, end))
    .replaceAll(new RegExp(`^([ \\t]+)(?:${SILENT}|${UNREAD})`, 'gm'), '$1')
    .replaceAll(TO_AGENT, 'log /run/rsyslog/octavia/log ');
}
