import type { Database } from '#core/db/pool.ts';
import type { CertificateManager, TlsContainer } from '#core/ports/certificates.ts';
import { SecretKind } from './reference.ts';
import { openSeal } from './seal.ts';
import { secretStore } from './secret-store.ts';

export interface CertificatesDbOptions {
  readonly database: Database;
  /** The first seals, all open. */
  readonly keyPassphrases: readonly string[];
}

/**
 * Tenants' certificates in our own database, for clouds without Barbican.
 * @throws DriverFailure (permanent) when the passphrases are not usable
 */
export function dbCertificateManager(options: CertificatesDbOptions): CertificateManager {
  const store = secretStore(options.database, openSeal(options.keyPassphrases));
  return {
    async getTlsContainer(ref, projectId) {
      const text = await store.read(ref, SecretKind.Container, projectId);
      return text === null ? null : (JSON.parse(text) as TlsContainer);
    },
    getSecret: (ref, projectId) => store.read(ref, SecretKind.Secret, projectId),
  };
}
