import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpensslFolder, opensslFolder } from '#drivers/certificates-db/testing/openssl.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const PASSPHRASE = 'a-passphrase-of-more-than-32-signs';

let own: TestDatabase;
let files: OpensslFolder;
let pair: readonly string[];
beforeAll(async () => {
  own = await createTestDatabase();
  files = opensslFolder();
  files.issue('www');
  pair = ['--certificate', files.file('www.pem'), '--key', files.file('www.key')];
  writeConf(PASSPHRASE);
});
afterAll(async () => {
  files.remove();
  await own.close();
});

function writeConf(
  passphrases: string,
  manager = 'local_cert_manager',
  databaseUrl: string = own.url,
): void {
  const lines = [
    `[database]\nconnection = ${databaseUrl}`,
    `[certificates]\ncert_manager = ${manager}\nserver_certs_key_passphrase = ${passphrases}`,
    '[api_settings]\nnoauth_project_id = everyone',
  ];
  files.write('octavia.conf', lines.join('\n'));
}

function run(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const args = [MAIN, ...words, '--config-file', files.file('octavia.conf')];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out: out.trim(), err: err.trim() }),
    );
  });
}

test('a certificate is added, listed, sealed anew and removed', async () => {
  const added = await run('add', ...pair, '--name', 'shop');
  expect(added).toMatchObject({ code: 0, err: '' });
  const ref = added.out;
  expect((await run('list')).out).toMatch(new RegExp(`^${ref}  everyone  \\S+Z  shop$`));
  expect((await run('list', '--project', 'another')).out).toBe('');
  writeConf(`another-passphrase-with-enough-signs,${PASSPHRASE}`);
  expect((await run('reseal')).out).toBe('1 sealed anew');
  expect(await run('remove', ref)).toEqual({ code: 0, out: '', err: '' });
  expect((await run('remove', ref)).err).toBe(`${ref} is no reference that list shows`);
});

test.each([
  ['nothing to add', ['add'], /^add needs one of --certificate, --pkcs12, --ca and --crl$/],
  ['a file that is not there', ['add', '--ca', '/no/such.pem'], /^\/no\/such.pem does not exist$/],
  ['a word that it does not know', ['store'], /^"store" is not add, list, remove or reseal$/],
  [
    'an option that it does not know',
    ['add', '--cert=x'],
    /^Unknown option '--cert'; --help lists/,
  ],
])('%s is one line and code 1', async (_, words, line) => {
  const { code, err } = await run(...words);
  expect(code).toBe(1);
  expect(err).toMatch(line);
});

test('a cloud that would not find the certificate is not given it', async () => {
  writeConf(PASSPHRASE, 'noop_cert_manager');
  expect(await run('add', ...pair)).toMatchObject({
    code: 1,
    err: expect.stringContaining('cert_manager is noop_cert_manager'),
  });
});

test('a cloud that does not run is said in one line', async () => {
  writeConf(PASSPHRASE, undefined, 'postgresql://nobody@127.0.0.1:1/octavia');
  const { code, err } = await run('list');
  expect(code).toBe(1);
  expect(err).toMatch(/^the cloud's PostgreSQL does not answer \(.*\); start the cloud, or name/);
  expect(err).not.toContain('\n');
});
