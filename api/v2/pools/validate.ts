import type { Pool } from '#core/domain/pool.ts';
import type { ApiConfig } from '../../context.ts';
import { invalidOption, validationFailure } from '../../faults.ts';
import { validateAlpn, validateCiphers, validateTlsVersions } from '../../tls.ts';
import type { PoolUpdate } from './schema.ts';
import { validateSessionPersistence } from './session-persistence.ts';

/** The rules of an update, seen together with what is stored. */
export function validatePoolUpdate(
  old: Pool,
  sent: PoolUpdate,
  changes: Partial<Pool>,
  settings: ApiConfig['apiSettings'],
  tlsFault: Error | null,
): void {
  if (sent.lb_algorithm === null) throw invalidOption('None', 'lb_algorithm');
  if (sent.tls_enabled === null) throw invalidOption('None', 'tls_enabled');
  if (changes.sessionPersistence)
    validateSessionPersistence(changes.sessionPersistence, old.protocol, 'update');
  validateReferences(old, sent);
  if (tlsFault !== null) throw tlsFault;
  if (sent.tls_ciphers) validateCiphers(sent.tls_ciphers, settings);
  if (sent.tls_versions) validateTlsVersions(sent.tls_versions, settings);
  if (sent.alpn_protocols) validateAlpn(sent.alpn_protocols);
}

function validateReferences(old: Pool, sent: PoolUpdate): void {
  const crl = sent.crl_container_ref === undefined ? old.crlContainerRef : sent.crl_container_ref;
  if (crl === null) return;
  if (sent.ca_tls_container_ref === null)
    throw validationFailure(
      'A CA reference cannot be removed when a certificate revocation list is present.',
    );
  if (!(sent.ca_tls_container_ref ?? old.caTlsContainerRef))
    throw validationFailure('A CA reference is required to specify a certificate revocation list.');
}
