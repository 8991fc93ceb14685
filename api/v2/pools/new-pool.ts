import { randomUUID } from 'node:crypto';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Pool } from '#core/domain/pool.ts';
import { type ApiConfig, type ApiContext, timestamp } from '../../context.ts';
import { invalidOption, validationFailure } from '../../faults.ts';
import { validateAlpn, validateCiphers, validateTlsVersions } from '../../tls.ts';
import { NEWBORN } from '../../writing.ts';
import type { NestedPool } from './schema.ts';
import { sessionPersistenceOf } from './session-persistence.ts';

/** The pool that a request asks for, with every default filled in. */
export function newPool(
  sent: NestedPool,
  loadBalancer: Pick<LoadBalancer, 'id' | 'projectId'>,
  context: ApiContext,
): Pool {
  const { apiSettings } = context.config;
  if (!sent.protocol) throw invalidOption('None', 'protocol');
  if (!sent.lb_algorithm) throw invalidOption('None', 'lb_algorithm');
  const tlsEnabled = sent.tls_enabled ?? false;
  const whenTls = <Value>(value: Value): Value | null => (tlsEnabled ? value : null);
  return {
    id: randomUUID(),
    projectId: loadBalancer.projectId,
    loadBalancerId: loadBalancer.id,
    ...NEWBORN,
    name: sent.name ?? null,
    description: sent.description ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    protocol: sent.protocol,
    lbAlgorithm: sent.lb_algorithm,
    sessionPersistence: sent.session_persistence
      ? sessionPersistenceOf(sent.session_persistence, null)
      : null,
    tlsEnabled,
    tlsContainerRef: sent.tls_container_ref ?? null,
    caTlsContainerRef: sent.ca_tls_container_ref ?? null,
    crlContainerRef: sent.crl_container_ref ?? null,
    tlsCiphers: sent.tls_ciphers ?? whenTls(apiSettings.defaultPoolCiphers),
    tlsVersions: sent.tls_versions ?? whenTls(apiSettings.defaultPoolTlsVersions),
    alpnProtocols: sent.alpn_protocols ?? whenTls(apiSettings.defaultPoolAlpnProtocols),
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}

/** @param tlsFault what is wrong with its TLS references, found beforehand */
export function validatePoolTls(
  pool: Pool,
  sent: NestedPool,
  settings: ApiConfig['apiSettings'],
  tlsFault: Error | null,
): void {
  if (pool.crlContainerRef !== null && pool.caTlsContainerRef === null)
    throw validationFailure('A CA certificate reference is required to specify a revocation list.');
  if (tlsFault !== null) throw tlsFault;
  if (sent.tls_ciphers) validateCiphers(sent.tls_ciphers, settings);
  if (!pool.tlsEnabled) return;
  if (sent.tls_versions) validateTlsVersions(sent.tls_versions, settings);
  if (sent.alpn_protocols) validateAlpn(sent.alpn_protocols);
}

export function referencesOf(
  sent: Pick<NestedPool, 'tls_container_ref' | 'ca_tls_container_ref' | 'crl_container_ref'>,
) {
  return {
    containers: [sent.tls_container_ref],
    ca: sent.ca_tls_container_ref,
    crl: sent.crl_container_ref,
  };
}
