import { type HealthMonitor, HealthMonitorType } from '../domain/health-monitor.ts';
import type { Member } from '../domain/member.ts';
import type { LvsContext } from './context.ts';
import { port, refuse, urlPath, whole, word } from './values.ts';

const CODES_MAX = 500;
const SECONDS_MAX = 86_400;

/** The lines by which keepalived checks one member. */
export function checkerLines(
  monitor: HealthMonitor,
  member: Member,
  address: string,
  context: LvsContext,
): readonly string[] {
  const what = `member ${member.id}`;
  const target = { address, port: port(member.monitorPort ?? member.protocolPort, what) };
  const timeout = whole(monitor.timeoutSeconds, 0, SECONDS_MAX, `monitor ${monitor.id}: timeout`);
  const script = `${word(context.basePath, 'base_path')}/lvs/check/udp_check.sh`;
  const endpoint = `${target.address} ${target.port}`;
  switch (monitor.type) {
    case HealthMonitorType.UdpConnect:
      return miscCheck(`${script} ${endpoint}`, timeout);
    case HealthMonitorType.Sctp:
      return miscCheck(`amphora-health-checker sctp -t ${timeout} ${endpoint}`, timeout + 1);
    case HealthMonitorType.Http:
      return httpLines(monitor, target, timeout);
    case HealthMonitorType.Tcp:
      return ['TCP_CHECK {', ...indented(connectLines(target, timeout)), '}'];
    case HealthMonitorType.Https:
    case HealthMonitorType.Ping:
    case HealthMonitorType.TlsHello:
      return refuse(`monitor ${monitor.id}`, `is ${monitor.type}, which LVS cannot check`);
  }
}

interface Target {
  readonly address: string;
  readonly port: number;
}

function miscCheck(command: string, timeoutSeconds: number): readonly string[] {
  return [
    'MISC_CHECK {',
    ...indented([`misc_path "${command}"`, `misc_timeout ${timeoutSeconds}`]),
    '}',
  ];
}

/**
 * keepalived asks by GET and nothing else. A HEAD has the same status; for any other method, the service that listens
 * is taken for a living one. The original leaves such members unchecked, so that traffic goes on to dead ones.
 */
function httpLines(
  monitor: HealthMonitor,
  target: Target,
  timeoutSeconds: number,
): readonly string[] {
  const connect = connectLines(target, timeoutSeconds);
  if (!['GET', 'HEAD'].includes(monitor.httpMethod ?? 'GET'))
    return ['TCP_CHECK {', ...indented(connect), '}'];
  const what = `monitor ${monitor.id}`;
  // All codes in one block: of several blocks every one would have to pass, which one status never does.
  const codes = expectedCodes(monitor.expectedCodes ?? '200', `${what}: expected_codes`);
  const url = [
    `  path ${urlPath(monitor.urlPath ?? '/', `${what}: url_path`)}`,
    ...hostLines(monitor),
    `  status_code ${codes.join(' ')}`,
  ];
  return ['HTTP_GET {', ...indented(['url {', ...url, '}', ...connect]), '}'];
}

function hostLines({ id, domainName, httpVersion }: HealthMonitor): readonly string[] {
  if (domainName === null || httpVersion !== 1.1) return [];
  return [`  virtualhost ${word(domainName, `monitor ${id}: domain_name`)}`];
}

function connectLines(target: Target, timeoutSeconds: number): readonly string[] {
  return [
    `connect_ip ${target.address}`,
    `connect_port ${target.port}`,
    `connect_timeout ${timeoutSeconds}`,
  ];
}

/** `200`, `200,202` or `200-204` as the list of codes it stands for. */
function expectedCodes(text: string, what: string): readonly string[] {
  const wrong = 'must be a code, codes with commas between, or one range, such as 200-204';
  if (!/^ *\d{3}(-\d{3}| *(, *\d{3} *)*)$/.test(text)) refuse(what, wrong);
  const [first = 0, last = first] = text.split('-').map(Number);
  if (!text.includes('-')) return [...new Set(text.split(',').map((code) => code.trim()))];
  if (last < first || last - first >= CODES_MAX) refuse(what, wrong);
  return [`${first}-${last}`];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    ${line}`);
}
