import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { TlsContainer } from '#core/ports/certificates.ts';
import { pkcs7Certificates } from './pkcs7.ts';
import { openPkcs12 } from './pkcs12.ts';

/** A certificate as people have it: in one PEM file or in several. */
export interface PemBundle {
  /** May hold the intermediates and the key, too. */
  readonly certificate: string;
  readonly key: string | null;
  readonly intermediates: string | null;
  /** Of the key; null: it has none. */
  readonly passphrase: string | null;
}

const CERTIFICATE =
  /-----BEGIN (?:X509 )?CERTIFICATE-----[^-]+-----END (?:X509 )?CERTIFICATE-----/g;
const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+?-----END [A-Z ]*PRIVATE KEY-----/g;
const REVOCATION_LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/;

/** @throws OctaviaError saying what is wrong with the files, without a word of the key */
export function readPemBundle(bundle: PemBundle): TlsContainer {
  const { certificate, key, intermediates, passphrase } = bundle;
  const certificates = certificatesIn(`${certificate}\n${intermediates ?? ''}`);
  const keyText = key ?? certificate;
  const keys = (keyText.match(KEY) ?? []).map((pem) => keyOf(pem, passphrase));
  return containerOf(certificates, keys);
}

/** @throws OctaviaError */
export function readPkcs12(bundle: Buffer, passphrase: string | null): TlsContainer {
  const { certificates, keys } = openPkcs12(bundle, passphrase);
  return containerOf(certificates, keys);
}

/**
 * A CA, several, or a revocation list: kept as it is.
 * @throws OctaviaError when it is neither
 */
export function readSecret(text: string): string {
  if (!REVOCATION_LIST.test(text))
    certificatesIn(text, 'neither a certificate nor a revocation list');
  if (text.match(KEY) !== null)
    throw refuse('the file holds a private key, and what clients check needs none');
  return text;
}

/** @param lacking what a file without certificates is said to lack */
function certificatesIn(text: string, lacking = 'no certificate'): readonly X509Certificate[] {
  const blocks = [...(text.match(CERTIFICATE) ?? []), ...pkcs7Certificates(text)];
  if (blocks.length === 0)
    throw refuse(
      `the file holds ${lacking} in PEM (-----BEGIN …); openssl x509 and openssl crl make it from DER with -inform DER`,
    );
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw refuse(`certificate ${index + 1} of the file cannot be read: ${reasonOf(error)}`);
    }
  });
}

function keyOf(pem: string, passphrase: string | null): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === null ? {} : { passphrase }) });
  } catch (error) {
    const help = /ENCRYPTED/.test(pem)
      ? '; it is encrypted, and the passphrase must be its own'
      : '';
    throw refuse(`the private key cannot be read: ${reasonOf(error)}${help}`);
  }
}

function containerOf(
  certificates: readonly X509Certificate[],
  keys: readonly KeyObject[],
): TlsContainer {
  const [key, ...others] = keys;
  if (key === undefined)
    throw refuse('there is no private key in PEM (-----BEGIN PRIVATE KEY-----)');
  if (others.length > 0) throw refuse(`there are ${keys.length} private keys; there must be one`);
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined)
    throw refuse(`the private key belongs to none of the certificates (${namesOf(certificates)})`);
  return {
    certificatePem: own.toString(),
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    intermediatesPem: chainOf(own, certificates).map(String),
  };
}

/** From who signed the certificate upwards, whatever their order was; what is in no relation to it would confuse clients. */
function chainOf(
  own: X509Certificate,
  certificates: readonly X509Certificate[],
): readonly X509Certificate[] {
  const left = new Set(
    certificates.filter(({ fingerprint256 }) => fingerprint256 !== own.fingerprint256),
  );
  const chain: X509Certificate[] = [];
  for (let last: X509Certificate = own; left.size > 0; ) {
    const issuer = [...left].find((candidate) => last.checkIssued(candidate));
    if (issuer === undefined)
      throw refuse(
        `${namesOf([...left])} did not sign ${namesOf([last])}; give only the intermediates of the certificate`,
      );
    for (const each of left) if (each.fingerprint256 === issuer.fingerprint256) left.delete(each);
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function namesOf(certificates: readonly X509Certificate[]): string {
  return certificates
    .map(({ subject }) => JSON.stringify(subject.replaceAll('\n', ', ')))
    .join(', ');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refuse(what: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, what);
}
