import assert from 'node:assert';
import { createPrivateKey, generateKeyPair, randomBytes, sign } from 'node:crypto';
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
  return {
    certificatePem: await signed(certificate, key.privateKeyPem, 'sha256'),
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
  const key = await newKey();
  const notBeforeMs = request.notBeforeMs ?? Date.now();
  const certificate = blankCertificate(key.publicKeyPem, notBeforeMs, request.validitySeconds);
  certificate.setSubject([{ name: 'commonName', value: request.commonName }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions(endEntityExtensions(request.commonName, keyIdentifierOf(issuer)));
  const certificatePem = await signed(certificate, authority.privateKeyPem, request.digest);
  return {
    pem: certificatePem + key.privateKeyPem,
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

/**
 * node-forge knows how a certificate is written, Node how it is signed: in a thread, and in a thirtieth of the time.
 * @returns PEM
 */
async function signed(
  certificate: forge.pki.Certificate,
  issuerKeyPem: string,
  digest: CertificateRequest['digest'],
): Promise<string> {
  const { asn1, pki } = forge;
  const key = createPrivateKey(issuerKeyPem);
  if (key.asymmetricKeyType !== 'rsa')
    throw new Error(`the key of the CA is of type ${key.asymmetricKeyType}; it must be RSA`);
  const algorithm = pki.oids[`${digest}WithRSAEncryption`];
  assert(algorithm !== undefined);
  certificate.signatureOid = algorithm;
  certificate.siginfo.algorithmOid = algorithm;
  const [toSign] = pki.certificateToAsn1(certificate).value as [forge.asn1.Asn1];
  const bytes = Buffer.from(asn1.toDer(toSign).getBytes(), 'latin1');
  const signature = await promisify(sign)(digest, bytes, key);
  certificate.signature = signature.toString('latin1');
  return pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
