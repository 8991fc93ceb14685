import { createHash, createPrivateKey } from 'node:crypto';
import { DriverFailure } from '#core/domain/errors.ts';
import type { TlsContainer } from '#core/ports/certificates.ts';

/** One file on the amphora. */
export interface TlsFile {
  readonly name: string;
  readonly content: string;
}

/** A certificate with its key and chain. It is named after the certificate alone, so that a new key replaces the old. */
export function containerFile(container: TlsContainer, ref: string): TlsFile {
  const { certificatePem, privateKeyPem, intermediatesPem } = container;
  const parts = [
    certificatePem,
    traditionalKey(privateKeyPem, ref),
    ...intermediatesPem.map((pem) => pem.trim()),
  ];
  return { name: nameOf(certificatePem), content: `${parts.join('\n')}\n` };
}

/** A CA or a revocation list, as it is. */
export function secretFile(secret: string): TlsFile {
  return { name: nameOf(secret), content: secret };
}

/** What a listener serves: the first is answered with when no name matches. */
export function crtListFile(listenerId: string, paths: readonly string[]): TlsFile {
  return { name: `${listenerId}.pem`, content: paths.map((path) => `${path}\n`).join('') };
}

function nameOf(content: string): string {
  return `${createHash('sha1').update(content).digest('hex')}.pem`;
}

/** `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`; kinds of keys that have no such form stay PKCS#8. */
function traditionalKey(pem: string, ref: string): string {
  try {
    const key = createPrivateKey(pem);
    const { asymmetricKeyType } = key;
    const type =
      asymmetricKeyType === 'rsa' ? 'pkcs1' : asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8';
    return key.export({ type, format: 'pem' }).toString().trim();
  } catch {
    // Without the cause: it may quote the key.
    throw new DriverFailure(`the private key of ${JSON.stringify(ref)} cannot be read as PEM`, {
      retryable: false,
    });
  }
}
