import forge from 'node-forge';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';

const BLOCK = /-----BEGIN PKCS7-----([^-]+)-----END PKCS7-----/g;

/**
 * The certificates, DER, in PKCS#7 blocks of a PEM text: the form in which some authorities hand their intermediates
 * out (RFC 2315, sections 7 and 9.1).
 * @throws OctaviaError for a block of another content
 */
export function pkcs7Certificates(text: string): readonly Buffer[] {
  return [...text.matchAll(BLOCK)].flatMap(([, base64 = '']) => certificatesIn(base64));
}

function certificatesIn(base64: string): readonly Buffer[] {
  const { asn1 } = forge;
  try {
    const message = asn1.fromDer(forge.util.decode64(base64));
    const [signedData] = parts(parts(message)[1]);
    const bag = parts(signedData).find(
      ({ tagClass, type }) => tagClass === asn1.Class.CONTEXT_SPECIFIC && type === asn1.Type.NONE,
    );
    return parts(bag).map((each) => Buffer.from(asn1.toDer(each).getBytes(), 'binary'));
  } catch {
    throw new OctaviaError(ErrorCode.InvalidInput, 'the PKCS#7 block holds no certificates');
  }
}

function parts(value: forge.asn1.Asn1 | undefined): forge.asn1.Asn1[] {
  if (value === undefined || typeof value.value === 'string') throw new Error('not a structure');
  return value.value;
}
