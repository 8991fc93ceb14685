import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TlsContainer } from '#core/ports/certificates.ts';
import { type OpensslFolder, opensslFolder } from './testing/openssl.ts';
import { readPemBundle, readPkcs12, readSecret } from './tls-bundle.ts';

let files: OpensslFolder;
beforeAll(() => {
  files = opensslFolder();
  files.issue('root', { isAuthority: true });
  files.issue('middle', { signer: 'root', isAuthority: true });
  files.issue('www', { signer: 'middle' });
  files.issue('rsa', { signer: 'middle', isRsa: true });
  files.issue('stranger');
  files.write('chain.pem', files.read('root.pem') + files.read('middle.pem'));
});
afterAll(() => files.remove());

const NO_MORE = { key: null, intermediates: null, passphrase: null };
const subjects = ({ certificatePem, intermediatesPem }: TlsContainer) =>
  [certificatePem, ...intermediatesPem].map((pem) => new X509Certificate(pem).subject);
const belongs = ({ certificatePem, privateKeyPem }: TlsContainer) =>
  new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem));
const pem = (name: string) => files.read(`${name}.pem`);

describe('PEM', () => {
  test('one file may hold everything, in any order', () => {
    const everything = [pem('chain'), files.read('www.key'), pem('www')].join('\n');
    const container = readPemBundle({ ...NO_MORE, certificate: everything });
    expect(subjects(container)).toEqual(['CN=www', 'CN=middle', 'CN=root']);
    expect(belongs(container)).toBe(true);
  });

  test('an encrypted key is opened by its passphrase only, and is kept without one', () => {
    files.run('pkcs8', '-topk8', '-in', 'www.key', '-passout', 'pass:secret', '-out', 'locked.key');
    files.run(
      'rsa',
      '-in',
      'rsa.key',
      '-aes256',
      '-traditional',
      '-passout',
      'pass:secret',
      '-out',
      'old.key',
    );
    for (const [certificate, key] of [
      ['www', 'locked'],
      ['rsa', 'old'],
    ] as const) {
      const bundle = { ...NO_MORE, certificate: pem(certificate), key: files.read(`${key}.key`) };
      expect(belongs(readPemBundle({ ...bundle, passphrase: 'secret' }))).toBe(true);
      expect(() => readPemBundle({ ...bundle, passphrase: 'wrong' })).toThrow(/cannot be read/);
      expect(() => readPemBundle(bundle)).toThrow(/encrypted, and the passphrase/);
    }
  });

  test('intermediates may come as PKCS#7', () => {
    files.run('crl2pkcs7', '-nocrl', '-certfile', 'chain.pem', '-out', 'chain.p7b');
    const bundle = { certificate: pem('www'), key: files.read('www.key'), passphrase: null };
    const container = readPemBundle({ ...bundle, intermediates: files.read('chain.p7b') });
    expect(subjects(container)).toEqual(['CN=www', 'CN=middle', 'CN=root']);
    const garbage = '-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n';
    expect(() => readPemBundle({ ...bundle, intermediates: garbage })).toThrow(/PKCS#7/);
  });

  test('what does not belong together is refused by name', () => {
    const bundle = { ...NO_MORE, certificate: pem('www'), key: files.read('www.key') };
    expect(() => readPemBundle({ ...bundle, key: files.read('stranger.key') })).toThrow(
      'the private key belongs to none of the certificates ("CN=www")',
    );
    expect(() => readPemBundle({ ...bundle, intermediates: pem('stranger') })).toThrow(
      '"CN=stranger" did not sign "CN=www"; give only the intermediates of the certificate',
    );
    expect(() => readPemBundle({ ...bundle, key: null })).toThrow('there is no private key in PEM');
    expect(() => readPemBundle({ ...bundle, certificate: 'nonsense' })).toThrow(
      /no certificate in PEM/,
    );
  });
});

const exported = (name: string, passphrase: string, ...more: string[]): Buffer => {
  const parts = ['-inkey', `${name}.key`, '-in', `${name}.pem`, '-certfile', 'chain.pem'];
  files.run(
    'pkcs12',
    '-export',
    ...parts,
    '-passout',
    `pass:${passphrase}`,
    ...more,
    '-out',
    'x.p12',
  );
  return readFileSync(files.file('x.p12'));
};

describe('PKCS#12', () => {
  const OLD = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];

  test.each([
    ['an elliptic curve key', 'www', '', []],
    ['an RSA key and a passphrase', 'rsa', 'secret', []],
    ['an RSA key in an old bundle', 'rsa', 'secret', OLD],
    ['an elliptic curve key in an old bundle', 'www', '', OLD],
    ['nothing encrypted', 'www', '', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
    ['no check sum', 'www', '', ['-nomac']],
  ])('%s', (_, name, passphrase, more) => {
    const container = readPkcs12(exported(name, passphrase, ...more), passphrase || null);
    expect(subjects(container)).toEqual([`CN=${name}`, 'CN=middle', 'CN=root']);
    expect(belongs(container)).toBe(true);
    const middle = new X509Certificate(pem('middle')).publicKey;
    expect(new X509Certificate(container.certificatePem).verify(middle)).toBe(true);
  });

  test('what cannot be opened is refused in the words that users of Octavia know', () => {
    const bundle = exported('rsa', 'secret');
    const words = /^The PKCS12 bundle is unreadable\. Please check the PKCS12 bundle validity\./;
    expect(() => readPkcs12(bundle, null)).toThrow(words);
    expect(() => readPkcs12(bundle, 'wrong')).toThrow(words);
    expect(() => readPkcs12(Buffer.from('nonsense'), null)).toThrow(words);
  });
});

test('what clients are checked by is an authority, several, or a revocation list, and never a key', () => {
  files.revoke('root', ['middle']);
  for (const text of [pem('root'), pem('chain'), files.read('root.crl')])
    expect(readSecret(text)).toBe(text);
  expect(() => readSecret('nonsense')).toThrow(
    /neither a certificate nor a revocation list in PEM .* from DER/,
  );
  expect(() => readSecret(pem('root') + files.read('root.key'))).toThrow(/holds a private key/);
});
