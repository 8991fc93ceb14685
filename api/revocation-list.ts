import { type KeyObject, verify } from 'node:crypto';

/** What the signature of a revocation list is about, and how it was made (RFC 5280, section 5.1). */
interface SignedList {
  readonly signed: Buffer;
  readonly algorithm: string;
  readonly signature: Buffer;
}

// Object identifiers as they lie in DER → the digest to verify by; null: the algorithm has one of its own.
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['2a864886f70d010105', 'sha1'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d0401', 'sha1'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null],
  ['2b6571', null],
]);

/**
 * Whether the key's owner signed the list.
 * @param pem a PEM text that holds the list
 * @throws Error for what is no revocation list, or signed in a way that we cannot check
 */
export function isSignedBy(pem: string, key: KeyObject): boolean {
  const { signed, algorithm, signature } = readSignedList(derOf(pem));
  const digest = DIGESTS.get(algorithm);
  if (digest === undefined) throw new Error(`signature algorithm ${algorithm} is not supported`);
  try {
    return verify(digest, signed, key, signature);
  } catch {
    // The key is of another kind than the signature.
    return false;
  }
}

function derOf(pem: string): Buffer {
  const block = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/.exec(pem);
  if (!block?.[1]) throw new Error('no PEM block of that type');
  return Buffer.from(block[1], 'base64');
}

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;

function readSignedList(der: Buffer): SignedList {
  const list = readElement(der, SEQUENCE);
  const signed = readElement(list.content, SEQUENCE);
  const algorithm = readElement(signed.rest, SEQUENCE);
  const signature = readElement(algorithm.rest, BIT_STRING);
  return {
    signed: signed.whole,
    algorithm: readElement(algorithm.content, OBJECT_IDENTIFIER).content.toString('hex'),
    // Its first byte counts the bits that do not belong to it: none, in signatures.
    signature: signature.content.subarray(1),
  };
}

interface Element {
  readonly whole: Buffer;
  readonly content: Buffer;
  readonly rest: Buffer;
}

const LENGTH_BYTES_MAX = 4;

function readElement(der: Buffer, tag: number): Element {
  const first = der[1];
  if (der[0] !== tag || first === undefined) throw notDer();
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthBytes;
  if (lengthBytes > LENGTH_BYTES_MAX || der.length < start) throw notDer();
  const end = start + (lengthBytes === 0 ? first % 0x80 : der.readUIntBE(2, lengthBytes));
  if (der.length < end) throw notDer();
  return {
    whole: der.subarray(0, end),
    content: der.subarray(start, end),
    rest: der.subarray(end),
  };
}

function notDer(): Error {
  return new Error('the PEM block does not hold a revocation list');
}
