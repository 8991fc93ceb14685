import { X509Certificate } from 'node:crypto';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import type { ApiConfig } from './context.ts';
import { validationFailure } from './faults.ts';
import { pythonText } from './schema/python-text.ts';

const VERSIONS = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Of what may be in an OpenSSL cipher list; the empty text says nothing and is let through. */
export function validateCiphers(ciphers: string, settings: ApiConfig['apiSettings']): void {
  if (ciphers === '') return;
  if (!/^[A-Za-z0-9\-+!:@=_.]+$/.test(ciphers))
    throw validationFailure(
      'Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.',
    );
  const prohibited = settings.tlsCipherProhibitList.split(':').filter((cipher) => cipher !== '');
  const found = ciphers.split(':').filter((cipher) => prohibited.includes(cipher));
  if (found.length > 0)
    throw validationFailure(
      `The following ciphers have been prohibited by an administrator: ${found.join(', ')}`,
    );
}

export function validateTlsVersions(
  versions: readonly string[],
  settings: ApiConfig['apiSettings'],
): void {
  if (versions.length === 0)
    throw validationFailure(
      'Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default.',
    );
  const unknown = versions.filter((version) => !VERSIONS.includes(version));
  if (unknown.length > 0) throw validationFailure(`Invalid TLS versions: ${unknown.join(', ')}`);
  const minimum = settings.minimumTlsVersion;
  if (minimum === null) return;
  const low = versions.filter((version) => VERSIONS.indexOf(version) < VERSIONS.indexOf(minimum));
  if (low.length > 0)
    throw validationFailure(
      `Requested TLS versions are less than the minimum: ${low.join(', ')} < ${minimum}`,
    );
}

export function validateAlpn(protocols: readonly string[]): void {
  if (protocols.length === 0)
    throw validationFailure(
      'Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default.',
    );
}

/** What an object refers to in the certificate manager. */
export interface TlsReferences {
  readonly containers: readonly (string | null | undefined)[];
  readonly ca: string | null | undefined;
  readonly crl: string | null | undefined;
}

/**
 * Looks every reference up, before any lock is taken, since the manager may be slow.
 * @returns what is wrong with the first bad kind of reference, to be thrown at its turn among the checks
 */
export async function findTlsFault(
  certificates: CertificateManager,
  references: TlsReferences,
): Promise<OctaviaError | null> {
  const refs = references.containers.filter((ref) => ref !== null && ref !== undefined);
  const containers = await Promise.all(refs.map((ref) => certificates.getTlsContainer(ref)));
  const unreadable = refs.filter((_, index) => containers[index] === null);
  if (unreadable.length > 0) return unreadableReferences(unreadable);
  const ca = await readSecret(certificates, references.ca);
  if (ca === null) return unreadableReferences([references.ca ?? '']);
  if (ca !== undefined) {
    const problem = certificateProblem(ca);
    if (problem !== null)
      return validationFailure(
        `The client authentication CA certificate is invalid. It must be a valid x509 PEM format certificate. Error: ${problem}`,
      );
  }
  const crl = await readSecret(certificates, references.crl);
  if (crl === null) return unreadableReferences([references.crl ?? '']);
  if (crl !== undefined && !crl.includes('-----BEGIN X509 CRL-----'))
    return validationFailure(
      'The client authentication certificate revocation list is invalid. It must be a valid x509 PEM format certificate revocation list. Error: no PEM block of that type',
    );
  return null;
}

async function readSecret(
  certificates: CertificateManager,
  ref: string | null | undefined,
): Promise<string | null | undefined> {
  return ref === null || ref === undefined ? undefined : certificates.getSecret(ref);
}

function certificateProblem(pem: string): string | null {
  try {
    return new X509Certificate(pem).subject === '' ? 'the certificate has no subject' : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function unreadableReferences(refs: readonly string[]): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidInput,
    `Could not retrieve certificate: ${pythonText(refs)}`,
  );
}
