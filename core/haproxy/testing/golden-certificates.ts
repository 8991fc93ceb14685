import { createHash, createPrivateKey } from 'node:crypto';
import type { CertificateManager, TlsContainer } from '../../ports/certificates.ts';
import { readText } from './golden-case.ts';

interface StoredContainer {
  readonly certificate: string;
  readonly private_key: string;
  readonly private_key_passphrase?: string | null;
  readonly intermediates?: string | null;
}

interface Store {
  readonly containers: Readonly<Record<string, StoredContainer>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const store = JSON.parse(readText('certstore.json')) as Store;

/** Tenants' certificates of the golden cases: key material made for tests. */
export const goldenCertificates: CertificateManager = {
  getTlsContainer(ref) {
    const stored = store.containers[ref];
    return Promise.resolve(stored === undefined ? null : containerOf(stored));
  },
  getSecret: (ref) => Promise.resolve(store.secrets[ref] ?? null),
};

/** Every reference → the file that its content is named by. */
export function goldenCertificateFiles(): ReadonlyMap<string, string> {
  const certificates = Object.entries(store.containers).map(
    ([ref, stored]) => [ref, containerOf(stored).certificatePem] as const,
  );
  return new Map(
    [...certificates, ...Object.entries(store.secrets)].map(([ref, text]) => [
      ref,
      `${createHash('sha1').update(text).digest('hex')}.pem`,
    ]),
  );
}

function containerOf(stored: StoredContainer): TlsContainer {
  const passphrase = stored.private_key_passphrase ?? undefined;
  const key = createPrivateKey({
    key: stored.private_key,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return {
    certificatePem: stored.certificate,
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    intermediatesPem: (stored.intermediates ?? '').match(/-----BEGIN[^]*?-----END[^\n]*/g) ?? [],
  };
}
