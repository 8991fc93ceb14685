import type { HealthMonitor, HealthMonitorType } from '#core/domain/health-monitor.ts';
import type { Pool } from '#core/domain/pool.ts';
import type { ApiConfig } from '../../context.ts';
import { invalidOption, optionDisabled, validationFailure } from '../../faults.ts';
import type { NestedHealthMonitor } from './schema.ts';

const DATAGRAM_TYPES: readonly HealthMonitorType[] = ['UDP-CONNECT', 'SCTP', 'TCP', 'HTTP'];

export function isHttp(type: HealthMonitorType): boolean {
  return type === 'HTTP' || type === 'HTTPS';
}

/** Which monitors a pool's protocol can have. */
export function validateTypeForPool(
  type: HealthMonitorType,
  protocol: Pool['protocol'],
  delaySeconds: number,
  settings: ApiConfig['apiSettings'],
): void {
  if (protocol === 'UDP' || protocol === 'SCTP') {
    if (!DATAGRAM_TYPES.includes(type))
      throw validationFailure(
        `The associated pool protocol is ${protocol}, so only a UDP-CONNECT/SCTP/TCP/HTTP health monitor is supported.`,
      );
  } else if (type === 'UDP-CONNECT' || type === 'SCTP') {
    throw validationFailure(`The ${type} type is only supported for pools of type UDP/SCTP.`);
  }
  validateDelay(type, delaySeconds, settings);
}

export function validateDelay(
  type: HealthMonitorType,
  delaySeconds: number,
  settings: ApiConfig['apiSettings'],
): void {
  const min = settings.udpConnectDelayMinSeconds;
  if (type === 'UDP-CONNECT' && min >= 0 && delaySeconds < min)
    throw validationFailure(
      `The request delay value ${delaySeconds} should be larger than ${min} for UDP-CONNECT health monitor type.`,
    );
}

export function refuseDisabledPing(
  type: HealthMonitorType,
  settings: ApiConfig['apiSettings'],
): void {
  if (type === 'PING' && !settings.allowPingHealthMonitors) throw optionDisabled('type', type);
}

/** Rules of the attributes that only some types have. @param sent with nulls, which on update count as given */
export function validateHttpFields(
  type: HealthMonitorType,
  sent: Readonly<Record<'http_method' | 'url_path' | 'expected_codes', unknown>>,
): void {
  if (isHttp(type)) return;
  for (const [field, value] of Object.entries(sent))
    if (value !== undefined) throw invalidOption(field, `health monitors of type ${type}`);
}

export function validateDomainName(domainName: string | null, httpVersion: number | null): void {
  if (domainName === null) return;
  if (httpVersion === null)
    throw validationFailure("'http_version' must be specified when 'domain_name' is provided.");
  if (httpVersion === 1)
    throw invalidOption('http_version 1.0', 'health monitors HTTP 1.1 domain name health check');
}

/** The field rules of a new monitor. */
export function validateNewMonitor(sent: NestedHealthMonitor, monitor: HealthMonitor): void {
  validateHttpFields(monitor.type, {
    http_method: sent.http_method ?? undefined,
    url_path: sent.url_path ?? undefined,
    expected_codes: sent.expected_codes ?? undefined,
  });
  validateDomainName(monitor.domainName, monitor.httpVersion);
}
