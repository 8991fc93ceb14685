import { parseAddress } from '#core/domain/ip-address.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { AdditionalVip } from '#core/domain/vip.ts';
import type { ApiConfig } from '../../context.ts';
import { invalidOption, optionDisabled, validationFailure } from '../../faults.ts';
import { pythonText } from '../../schema/python-text.ts';
import { HTTP_HEADERS, TLS_HEADERS } from './headers.ts';

type Protocol = Listener['protocol'];

/** What decides whether a listener speaks TLS. */
export interface TlsSide {
  readonly protocol: Protocol;
  readonly defaultTlsContainerRef: string | null;
  readonly sniContainerRefs: readonly string[];
}

export function hasReference(listener: Omit<TlsSide, 'protocol'>): boolean {
  return listener.defaultTlsContainerRef !== null || listener.sniContainerRefs.length > 0;
}

export function speaksTls(listener: TlsSide): boolean {
  return (
    listener.protocol === 'TERMINATED_HTTPS' ||
    (listener.protocol === 'PROMETHEUS' && hasReference(listener))
  );
}

export function isDatagram(protocol: Protocol): boolean {
  return protocol === 'UDP' || protocol === 'SCTP';
}

/** @param printed the header names as Octavia's text shows them: `dict_keys([…])` on create, `[…]` on update */
export function validateHeaders(
  names: readonly string[],
  protocol: Protocol,
  printed: string,
): void {
  if (names.length === 0) return;
  if (protocol !== 'HTTP' && protocol !== 'TERMINATED_HTTPS')
    throw invalidOption('insert-headers', `a ${protocol} protocol listener.`);
  if (!names.every((name) => HTTP_HEADERS.includes(name) || TLS_HEADERS.includes(name)))
    throw invalidOption(printed, 'insert_headers');
  const tlsOnly = names.filter((name) => TLS_HEADERS.includes(name));
  if (protocol === 'HTTP' && tlsOnly.length > 0)
    throw invalidOption(pythonText([tlsOnly.join(', ')]), `${protocol} protocol listener.`);
}

/** The rules of a new listener that concern nothing but itself, in Octavia's order. */
export function validateNewListener(
  listener: Listener,
  sentAuthentication: string | null | undefined,
  settings: ApiConfig['apiSettings'],
): void {
  const headers = Object.keys(listener.insertHeaders);
  validateHeaders(headers, listener.protocol, `dict_keys(${pythonText(headers)})`);
  validateProtocol(listener, settings);
  validateReferences(listener, sentAuthentication);
}

function validateProtocol(listener: Listener, settings: ApiConfig['apiSettings']): void {
  const { protocol } = listener;
  if (isDatagram(protocol) && (hasReference(listener) || listener.clientCaTlsContainerRef !== null))
    throw validationFailure(`${protocol} protocol listener does not support TLS.`);
  if (protocol === 'TERMINATED_HTTPS' && !settings.allowTlsTerminatedListeners)
    throw optionDisabled('protocol', protocol);
  if (protocol !== 'PROMETHEUS') return;
  if (!settings.allowPrometheusListeners) throw optionDisabled('protocol', protocol);
  if (hasReference(listener) && !settings.allowTlsTerminatedListeners)
    throw optionDisabled('protocol', 'PROMETHEUS with TLS');
}

function validateReferences(
  listener: Listener,
  sentAuthentication: string | null | undefined,
): void {
  refuseReferencesWithoutTls(listener.protocol, hasReference(listener));
  if (listener.clientCaTlsContainerRef !== null && !hasReference(listener))
    throw validationFailure(
      'An SNI or default certificate container reference must be provided with a client CA container reference.',
    );
  if (listener.protocol === 'TERMINATED_HTTPS' && !hasReference(listener))
    throw validationFailure(
      'An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.',
    );
  validateClientAuthentication(sentAuthentication, listener.clientCaTlsContainerRef);
  refuseCrlWithoutCa(listener.clientCrlContainerRef, listener.clientCaTlsContainerRef);
}

export function refuseReferencesWithoutTls(protocol: Protocol, hasReferences: boolean): void {
  if (hasReferences && protocol !== 'TERMINATED_HTTPS' && protocol !== 'PROMETHEUS')
    throw validationFailure(
      `Certificate container references are not allowed on ${protocol} protocol listeners.`,
    );
}

/** @param sent null is no setting at all, and so needs a CA like any but NONE; undefined: not sent */
export function validateClientAuthentication(
  sent: string | null | undefined,
  ca: string | null,
): void {
  if (sent !== undefined && sent !== 'NONE' && ca === null)
    throw validationFailure(
      `Client authentication setting ${sent ?? 'None'} requires a client CA container reference.`,
    );
}

export function refuseCrlWithoutCa(crl: string | null, ca: string | null): void {
  if (crl !== null && ca === null)
    throw validationFailure(
      'A client authentication CA reference is required to specify a client authentication revocation list.',
    );
}

/** Each network must be of a kind that some address of the load balancer is of. */
export function validateCidrs(cidrs: readonly string[], loadBalancer: LoadBalancer): void {
  if (cidrs.length === 0) return;
  if (loadBalancer.vip.securityGroupIds.length > 0)
    throw validationFailure('Allowed CIDRs are not allowed when using custom VIP Security Groups.');
  const vips = [
    loadBalancer.vip.address,
    ...loadBalancer.additionalVips.map((vip: AdditionalVip) => vip.ipAddress),
  ].filter((address) => address !== null);
  for (const cidr of cidrs) {
    const version = parseAddress(cidr.split('/')[0] ?? '')?.family;
    if (!vips.some((vip) => parseAddress(vip)?.family === version))
      throw validationFailure(
        `CIDR ${cidr} IP version incompatible with all VIPs ${pythonText(vips)} IP version.`,
      );
  }
}

export function validateHstsProtocol(maxAge: number | null | undefined, protocol: Protocol): void {
  if (maxAge !== null && maxAge !== undefined && protocol !== 'TERMINATED_HTTPS')
    throw validationFailure(
      'The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.',
    );
}
