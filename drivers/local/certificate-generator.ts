import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DriverFailure } from '#core/domain/errors.ts';
import type { CertificateGenerator } from '#core/ports/certificates.ts';
import type { Clock } from '#core/ports/clock.ts';
import {
  type CertificateAuthority,
  type CertificateRequest,
  issueCertificate,
} from './certificate-authority.ts';

export interface LocalCertificateOptions {
  /** `[certificates] ca_certificate`, PEM. */
  readonly caCertificatePath: string;
  /** `[certificates] ca_private_key`, PEM: RSA, encrypted or not. */
  readonly caPrivateKeyPath: string;
  readonly passphrase: string | null;
  readonly digest: CertificateRequest['digest'];
  readonly validitySeconds: number;
  readonly clock: Clock;
}

/** Signs agents' certificates with a CA whose files lie on this machine. They are read each time: a CA may be replaced. */
export function localCertificateGenerator(options: LocalCertificateOptions): CertificateGenerator {
  return {
    async issue(amphoraId) {
      const authority = await readAuthority(options);
      try {
        return await issueCertificate(authority, {
          commonName: amphoraId,
          validitySeconds: options.validitySeconds,
          digest: options.digest,
          notBeforeMs: options.clock.nowMs(),
        });
      } catch (error) {
        const what = `amphora ${amphoraId}: no certificate can be signed with ${options.caCertificatePath} and ${options.caPrivateKeyPath}; they must be a PEM certificate and its RSA key`;
        throw new DriverFailure(what, { retryable: false, cause: error });
      }
    },
  };
}

async function readAuthority(options: LocalCertificateOptions): Promise<CertificateAuthority> {
  const [certificatePem, keyPem] = await Promise.all([
    readPem(options.caCertificatePath, 'ca_certificate'),
    readPem(options.caPrivateKeyPath, 'ca_private_key'),
  ]);
  return { certificatePem, privateKeyPem: openKey(keyPem, options) };
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const what = `${path} cannot be read; [certificates] ${option} must name a PEM file that this process may read`;
    throw new DriverFailure(what, { retryable: false, cause: error });
  }
}

function openKey(pem: string, { passphrase, caPrivateKeyPath }: LocalCertificateOptions): string {
  try {
    const key = createPrivateKey(passphrase === null ? pem : { key: pem, passphrase });
    return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  } catch (error) {
    const what = `${caPrivateKeyPath} is not an RSA key that [certificates] ca_private_key_passphrase opens`;
    throw new DriverFailure(what, { retryable: false, cause: error });
  }
}
