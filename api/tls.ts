import { X509Certificate } from 'node:crypto';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { TlsContainer } from '#core/ports/certificates.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { ApiConfig, ApiContext } from './context.ts';
import { validationFailure } from './faults.ts';
import { isSignedBy } from './revocation-list.ts';
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
 * @param projectId whose load balancer it is: what other projects stored does not exist for it
 * @returns what is wrong with the first bad kind of reference, to be thrown at its turn among the checks
 */
export async function findTlsFault(
  { certificates, logger }: Pick<ApiContext, 'certificates' | 'logger'>,
  projectId: string,
  references: TlsReferences,
): Promise<OctaviaError | null> {
  const { containers, ca, crl } = references;
  const own: ReadableSecrets = {
    container: (ref) =>
      orUnreadable(() => certificates.getTlsContainer(ref, projectId), ref, logger),
    secret: (ref) => orUnreadable(() => certificates.getSecret(ref, projectId), ref, logger),
  };
  try {
    return (await findContainerFault(own, containers)) ?? (await findAuthorityFault(own, ca, crl));
  } catch (error) {
    // Such as a bundle that cannot be opened; that the manager is away is no fault of the request.
    if (error instanceof OctaviaError) return error;
    throw error;
  }
}

/** Why something that is there cannot be read is for the operator; its owner learns which it is. */
async function orUnreadable<Value>(
  read: () => Promise<Value | null>,
  ref: string,
  logger: Logger,
): Promise<Value | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DriverFailure) || error.isRetryable) throw error;
    logger.error({ error, ref }, 'a certificate cannot be read');
    return null;
  }
}

/** What one project may read. */
interface ReadableSecrets {
  container(ref: string): Promise<TlsContainer | null>;
  secret(ref: string): Promise<string | null>;
}

/** An authority and its revocation list belong together: if one changes, it is checked with the other as it is stored. */
export function changedAuthority(
  sent: Pick<TlsReferences, 'ca' | 'crl'>,
  stored: Pick<TlsReferences, 'ca' | 'crl'>,
): Pick<TlsReferences, 'ca' | 'crl'> {
  if (!sent.ca && !sent.crl) return { ca: null, crl: null };
  return { ca: sent.ca ?? stored.ca, crl: sent.crl === undefined ? stored.crl : sent.crl };
}

async function findContainerFault(
  own: ReadableSecrets,
  references: TlsReferences['containers'],
): Promise<OctaviaError | null> {
  const refs = references.filter((ref) => ref !== null && ref !== undefined);
  const found = await Promise.all(
    refs.map(async (ref) => {
      const container = await own.container(ref);
      return container === null ? null : certificateIn(container.certificatePem);
    }),
  );
  const read = found.filter((each) => each instanceof X509Certificate);
  if (read.length < refs.length)
    return unreadableReferences(
      refs.filter((_, index) => !(found[index] instanceof X509Certificate)),
    );
  return read.every(hasHostName)
    ? null
    : new OctaviaError(
        ErrorCode.InvalidInput,
        'No CN or DNSName(s) found in certificate. The certificate is invalid.',
      );
}

function hasHostName({ subject, subjectAltName }: X509Certificate): boolean {
  return /(^|[\n+] ?)CN=/.test(subject) || /(^|, )DNS:/.test(subjectAltName ?? '');
}

async function findAuthorityFault(
  own: ReadableSecrets,
  caRef: string | null | undefined,
  crlRef: string | null | undefined,
): Promise<OctaviaError | null> {
  if (!caRef) return null;
  const ca = await own.secret(caRef);
  if (ca === null) return unreadableReferences([caRef]);
  const certificate = certificateIn(ca);
  if (typeof certificate === 'string')
    return validationFailure(
      `The client authentication CA certificate is invalid. It must be a valid x509 PEM format certificate. Error: ${certificate}`,
    );
  if (!crlRef) return null;
  const crl = await own.secret(crlRef);
  return crl === null ? unreadableReferences([crlRef]) : listFault(crl, certificate);
}

function listFault(crl: string, ca: X509Certificate): OctaviaError | null {
  try {
    if (isSignedBy(crl, ca.publicKey)) return null;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return validationFailure(
      `The client authentication certificate revocation list is invalid. It must be a valid x509 PEM format certificate revocation list. Error: ${problem}`,
    );
  }
  return validationFailure(
    'The CRL specified is not valid for client certificate authority reference supplied.',
  );
}

/** @returns the certificate, or what is wrong with the text */
function certificateIn(pem: string): X509Certificate | string {
  try {
    return new X509Certificate(pem);
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
