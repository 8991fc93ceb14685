import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type NewSecret,
  SECRET_LENGTH_MAX,
  SecretKind,
} from '#drivers/certificates-db/secret-store.ts';
import { readPemBundle, readPkcs12, readSecret } from '#drivers/certificates-db/tls-bundle.ts';
import { Misuse, type Options } from './options.ts';

type Added = Pick<NewSecret, 'kind' | 'name' | 'text'>;

/**
 * What the files hold, checked: keys belong to their certificates, chains are whole and in order.
 * @throws Misuse, or OctaviaError naming what is wrong with a file
 */
export function readFiles(options: Options): Added {
  const { certificate, pkcs12, ca, crl } = options;
  const given = [certificate, pkcs12, ca, crl].filter((file) => file !== undefined);
  const [file] = given;
  if (file === undefined || given.length > 1)
    throw new Misuse('add needs one of --certificate, --pkcs12, --ca and --crl');
  const name = options.name ?? basename(file);
  if (ca !== undefined || crl !== undefined)
    return { kind: SecretKind.Secret, name, text: readSecret(textOf(file)) };
  const container = certificate === undefined ? bundle(file, options) : pem(file, options);
  return { kind: SecretKind.Container, name, text: JSON.stringify(container) };
}

function pem(file: string, options: Options) {
  return readPemBundle({
    certificate: textOf(file),
    key: options.key === undefined ? null : textOf(options.key),
    intermediates: options.intermediates === undefined ? null : textOf(options.intermediates),
    passphrase: passphraseOf(options),
  });
}

function bundle(file: string, options: Options) {
  return readPkcs12(bytesOf(file), passphraseOf(options));
}

/** The first line: editors end files with a newline. */
function passphraseOf(options: Options): string | null {
  const file = options['passphrase-file'];
  return file === undefined ? null : (textOf(file).split(/\r?\n/)[0] ?? '');
}

function textOf(file: string): string {
  return bytesOf(file).toString('utf8');
}

function bytesOf(file: string): Buffer {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new Misuse(`${file} does not exist`);
  if (size > SECRET_LENGTH_MAX)
    throw new Misuse(`${file} has ${size} bytes; at most ${SECRET_LENGTH_MAX} are stored`);
  return readFileSync(file);
}
