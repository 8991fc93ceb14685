import { randomUUID } from 'node:crypto';
import { type Listener, transportOf } from '#core/domain/listener.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { type ApiConfig, type ApiContext, timestamp } from '../../context.ts';
import { conflict, invalidOption, validationFailure } from '../../faults.ts';
import { validateAlpn, validateCiphers, validateTlsVersions } from '../../tls.ts';
import { NEWBORN } from '../../writing.ts';
import type { NestedListener } from './schema.ts';
import { speaksTls, validateCidrs, validateHstsProtocol, validateNewListener } from './validate.ts';

/** The listener that a request asks for, with every default filled in. Nothing is checked but what defaults need. */
export function newListener(
  sent: NestedListener,
  loadBalancer: LoadBalancer,
  defaultPoolId: string | null,
  context: ApiContext,
): Listener {
  if (sent.protocol === null || sent.protocol === undefined)
    throw invalidOption('None', 'protocol');
  if (sent.protocol_port === null || sent.protocol_port === undefined)
    throw invalidOption('None', 'protocol_port');
  return {
    id: randomUUID(),
    projectId: loadBalancer.projectId,
    loadBalancerId: loadBalancer.id,
    ...NEWBORN,
    name: sent.name ?? null,
    description: sent.description ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    protocol: sent.protocol,
    protocolPort: sent.protocol_port,
    connectionLimit: sent.connection_limit === undefined ? -1 : sent.connection_limit,
    defaultPoolId,
    insertHeaders: sent.insert_headers ?? {},
    allowedCidrs: sent.allowed_cidrs ?? [],
    ...timeouts(sent, context.config.haproxyAmphora),
    ...tls(sent, context.config.apiSettings),
    hstsMaxAgeSeconds: sent.hsts_max_age ?? null,
    hstsIncludeSubdomains: sent.hsts_include_subdomains ?? false,
    hstsPreload: sent.hsts_preload ?? false,
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}

function timeouts(sent: NestedListener, defaults: ApiConfig['haproxyAmphora']) {
  return {
    timeoutClientDataMs: sent.timeout_client_data ?? defaults.timeoutClientDataMs,
    timeoutMemberConnectMs: sent.timeout_member_connect ?? defaults.timeoutMemberConnectMs,
    timeoutMemberDataMs: sent.timeout_member_data ?? defaults.timeoutMemberDataMs,
    timeoutTcpInspectMs: sent.timeout_tcp_inspect ?? defaults.timeoutTcpInspectMs,
  };
}

function tls(sent: NestedListener, settings: ApiConfig['apiSettings']) {
  const isTerminated = sent.protocol === 'TERMINATED_HTTPS';
  return {
    defaultTlsContainerRef: sent.default_tls_container_ref ?? null,
    sniContainerRefs: sent.sni_container_refs ?? [],
    clientCaTlsContainerRef: sent.client_ca_tls_container_ref ?? null,
    clientCrlContainerRef: sent.client_crl_container_ref ?? null,
    clientAuthentication: sent.client_authentication ?? 'NONE',
    tlsCiphers: sent.tls_ciphers ?? (isTerminated ? settings.defaultListenerCiphers : null),
    tlsVersions: sent.tls_versions ?? (isTerminated ? settings.defaultListenerTlsVersions : null),
    alpnProtocols:
      sent.alpn_protocols ?? (isTerminated ? settings.defaultListenerAlpnProtocols : null),
  } as const;
}

/**
 * All rules of a new listener, in Octavia's order.
 * @param tlsFault what is wrong with its TLS references, found beforehand
 * @throws OctaviaError
 */
export async function validateListenerToCreate(
  db: Queryable,
  listener: Listener,
  sent: NestedListener,
  loadBalancer: LoadBalancer,
  settings: ApiConfig['apiSettings'],
  tlsFault: Error | null,
): Promise<void> {
  validateNewListener(listener, sent.client_authentication, settings);
  await refuseTakenPort(db, listener);
  validateCidrs(listener.allowedCidrs, loadBalancer);
  if (tlsFault !== null) throw tlsFault;
  validateTlsOptions(listener, sent, settings);
}

/** Under the load balancer's lock, so that no other request can take the port meanwhile. */
async function refuseTakenPort(db: Queryable, listener: Listener): Promise<void> {
  const taken = await db.query<{ protocol: string }>(
    'select protocol from listener where load_balancer_id = $1 and transport = $2 and protocol_port = $3',
    [listener.loadBalancerId, transportOf(listener.protocol), listener.protocolPort],
  );
  const other = taken.rows[0];
  if (other)
    throw conflict(
      `Another Listener on this Load Balancer is already using protocol ${other.protocol} and protocol_port ${listener.protocolPort}`,
    );
}

function validateTlsOptions(
  listener: Listener,
  sent: NestedListener,
  settings: ApiConfig['apiSettings'],
): void {
  if (sent.tls_ciphers) validateCiphers(sent.tls_ciphers, settings);
  if (speaksTls(listener)) {
    if (sent.tls_versions) validateTlsVersions(sent.tls_versions, settings);
    if (sent.alpn_protocols) validateAlpn(sent.alpn_protocols);
  }
  const isHstsWithoutAge =
    (listener.hstsIncludeSubdomains || listener.hstsPreload) && listener.hstsMaxAgeSeconds === null;
  if (isHstsWithoutAge)
    throw validationFailure(
      'HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.',
    );
  validateHstsProtocol(listener.hstsMaxAgeSeconds, listener.protocol);
}
