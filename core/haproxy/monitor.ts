import { type HealthMonitor, HealthMonitorType } from '../domain/health-monitor.ts';
import type { HaproxyContext } from './context.ts';
import { literalInFormat, matching, refuse, unspaced, word } from './escape.ts';
import { when } from './section.ts';
import { featuresOf } from './version.ts';

const CODES_MAX = 500;

/** What the backend must know of its monitor; when and where each member is checked stands on its own line. */
export function monitorLines(monitor: HealthMonitor, context: HaproxyContext): readonly string[] {
  const { hasServerState } = featuresOf(context.haproxyVersion);
  return [
    ...when(hasServerState, 'load-server-state-from-file global'),
    `timeout check ${monitor.timeoutSeconds}s`,
    ...typeLines(monitor, context),
  ];
}

function typeLines(monitor: HealthMonitor, context: HaproxyContext): readonly string[] {
  switch (monitor.type) {
    case HealthMonitorType.Http:
    case HealthMonitorType.Https:
      return httpLines(monitor);
    case HealthMonitorType.Ping:
      return [
        'option external-check',
        `external-check command ${word(context.paths.basePath, 'base_path')}/ping-wrapper.sh`,
      ];
    case HealthMonitorType.Tcp:
    case HealthMonitorType.TlsHello:
      return [];
    case HealthMonitorType.UdpConnect:
    case HealthMonitorType.Sctp:
      return refuse(`health monitor ${monitor.id}`, `is ${monitor.type}, which LVS checks`);
  }
}

function httpLines(monitor: HealthMonitor): readonly string[] {
  const what = `health monitor ${monitor.id}`;
  const method = matching(
    monitor.httpMethod ?? 'GET',
    /^[A-Z]{1,16}$/,
    `${what}: http_method`,
    'must be capital letters',
  );
  const path = unspaced(monitor.urlPath ?? '/', `${what}: url_path`);
  const version = monitor.httpVersion === null ? '' : ` HTTP/${monitor.httpVersion.toFixed(1)}`;
  return [
    `option httpchk ${method} ${path}${version}`,
    ...hostLines(monitor, what),
    `http-check expect rstatus ${expectedCodes(monitor.expectedCodes ?? '200', what).join('|')}`,
  ];
}

/** HTTP/1.0 has no virtual hosts. */
function hostLines({ httpVersion, domainName }: HealthMonitor, what: string): readonly string[] {
  if (httpVersion !== 1.1 || domainName === null) return [];
  return [`http-check send hdr Host ${literalInFormat(domainName, `${what}: domain_name`)}`];
}

/** `200`, `200,202` or `200-204` as the list of codes it stands for, in ascending order. */
function expectedCodes(text: string, what: string): readonly string[] {
  const wrong = 'must be a code, codes with commas between, or one range, such as 200-204';
  const form = /^ *\d{3}(-\d{3}| *(, *\d{3} *)*)$/;
  const codes = matching(text, form, `${what}: expected_codes`, wrong);
  const [first = 0, last = first] = codes.split('-').map(Number);
  if (!codes.includes('-'))
    return [...new Set(codes.split(',').map((code) => code.trim()))].toSorted();
  if (last < first || last - first >= CODES_MAX) refuse(`${what}: expected_codes`, wrong);
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
}
