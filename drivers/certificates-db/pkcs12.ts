import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';

export interface Pkcs12Content {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly X509Certificate[];
}

/**
 * Opens a PKCS#12 bundle, old ciphers and keys other than RSA included.
 * @param passphrase null: it needs none
 * @throws OctaviaError in the words that Octavia's users know
 */
export function openPkcs12(bundle: Buffer, passphrase: string | null): Pkcs12Content {
  try {
    const { safeContents } = decrypt(bundle, passphrase);
    const bags = safeContents.flatMap((content) => content.safeBags);
    return {
      keys: bags.map(keyIn).filter((key) => key !== null),
      certificates: bags.map(certificateIn).filter((certificate) => certificate !== null),
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new OctaviaError(
      ErrorCode.InvalidInput,
      `The PKCS12 bundle is unreadable. Please check the PKCS12 bundle validity. In addition, make sure ${passphrase === null ? 'it does not require a pass phrase' : 'its pass phrase is this one'}. Error: ${problem}`,
    );
  }
}

/** Two ways of having no passphrase are in use: the empty one, and none. */
function decrypt(bundle: Buffer, passphrase: string | null): forge.pkcs12.Pkcs12Pfx {
  const read = (password?: string) =>
    forge.pkcs12.pkcs12FromAsn1(
      forge.asn1.fromDer(forge.util.createBuffer(bundle.toString('binary'))),
      false,
      password,
    );
  if (passphrase !== null) return read(passphrase);
  try {
    return read('');
  } catch {
    return read();
  }
}

function keyIn({ type, key, asn1 }: forge.pkcs12.Bag): KeyObject | null {
  if (type !== forge.pki.oids['keyBag'] && type !== forge.pki.oids['pkcs8ShroudedKeyBag'])
    return null;
  // What is not RSA comes as it lay there.
  const info = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  return createPrivateKey({ key: der(info), format: 'der', type: 'pkcs8' });
}

function certificateIn({ type, cert, asn1 }: forge.pkcs12.Bag): X509Certificate | null {
  if (type !== forge.pki.oids['certBag']) return null;
  return new X509Certificate(der(cert ? forge.pki.certificateToAsn1(cert) : asn1));
}

function der(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary');
}
