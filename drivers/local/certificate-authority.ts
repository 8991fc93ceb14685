import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { authorityExtensions, endEntityExtensions } from './certificate-extensions.ts';

/** A signing CA. The key is RSA, unencrypted PEM (PKCS#1): never to be logged. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface CertificateRequest {
  /** Common name and the one DNS name. */
  readonly commonName: string;
  readonly validitySeconds: number;
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  /** Milliseconds since the epoch at which validity begins; left out: now. */
  readonly notBeforeMs?: number;
}

export interface IssuedCertificate {
  /** Certificate and then key, as one PEM file. Never to be logged. */
  readonly pem: string;
  readonly expiresAt: Date;
}

const AUTHORITY_VALIDITY_SECONDS = 10 * 365 * 86_400;
const MODULUS_BITS = 2048;

/** Makes a self-signed CA, valid for ten years. */
export async function createCertificateAuthority(
  commonName: string,
  notBeforeMs: number = Date.now(),
): Promise<CertificateAuthority> {
  const key = await newKey();
  const certificate = blankCertificate(key.publicKeyPem, notBeforeMs, AUTHORITY_VALIDITY_SECONDS);
  const name = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions(authorityExtensions());
  certificate.sign(forge.pki.privateKeyFromPem(key.privateKeyPem), forge.md.sha256.create());
  return {
    certificatePem: unixLines(forge.pki.certificateToPem(certificate)),
    privateKeyPem: key.privateKeyPem,
  };
}

/**
 * Makes a key and a certificate for it, signed by the CA.
 * @throws Error when the CA's PEM cannot be read, or its key is not RSA
 */
export async function issueCertificate(
  authority: CertificateAuthority,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const issuer = forge.pki.certificateFromPem(authority.certificatePem);
  const issuerKey = forge.pki.privateKeyFromPem(authority.privateKeyPem);
  const key = await newKey();
  const notBeforeMs = request.notBeforeMs ?? Date.now();
  const certificate = blankCertificate(key.publicKeyPem, notBeforeMs, request.validitySeconds);
  certificate.setSubject([{ name: 'commonName', value: request.commonName }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions(endEntityExtensions(request.commonName, keyIdentifierOf(issuer)));
  certificate.sign(issuerKey, forge.md[request.digest].create());
  return {
    pem: unixLines(forge.pki.certificateToPem(certificate)) + key.privateKeyPem,
    expiresAt: certificate.validity.notAfter,
  };
}

/** Node makes the key in a thread of its own; node-forge would hold the event loop for a second. */
async function newKey(): Promise<{ publicKeyPem: string; privateKeyPem: string }> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS_BITS,
    publicExponent: 65_537,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { publicKeyPem: pair.publicKey, privateKeyPem: pair.privateKey };
}

function blankCertificate(
  publicKeyPem: string,
  notBeforeMs: number,
  validitySeconds: number,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKeyPem);
  certificate.serialNumber = newSerialNumber();
  // X.509 counts whole seconds: what is stored as the expiry must be what the certificate says.
  const beginMs = Math.floor(notBeforeMs / 1000) * 1000;
  certificate.validity.notBefore = new Date(beginMs);
  certificate.validity.notAfter = new Date(beginMs + validitySeconds * 1000);
  return certificate;
}

/** 126 random bits. The first byte is 0x40 to 0x7f, so that DER reads it neither as negative nor as padded. */
function newSerialNumber(): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial.toString('hex');
}

/** The CA's own subject key identifier when it has one, else the one that follows from its key. */
function keyIdentifierOf(issuer: forge.pki.Certificate): string {
  const extension = issuer.getExtension('subjectKeyIdentifier');
  if (extension !== undefined && extension !== null && 'subjectKeyIdentifier' in extension)
    return forge.util.hexToBytes(String(extension.subjectKeyIdentifier));
  return issuer.generateSubjectKeyIdentifier().getBytes();
}

function unixLines(pem: string): string {
  return pem.replaceAll('\r\n', '\n');
}
