import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { dbCertificateManager } from './certificate-manager.ts';
import { openSeal } from './seal.ts';
import { type SecretStore, secretStore } from './secret-store.ts';

const FIRST = 'the-first-passphrase-of-32-signs';
const SECOND = 'another-passphrase-of-some-length';
const CONTAINER = {
  certificatePem: 'a certificate',
  privateKeyPem: 'the secret key',
  intermediatesPem: ['one', 'two'],
};

let own: TestDatabase;
let store: SecretStore;
const add = (projectId: string) =>
  store.add({ kind: 'container', projectId, name: 'www', text: JSON.stringify(CONTAINER) });
const manager = (...keyPassphrases: string[]) =>
  dbCertificateManager({ database: own.database, keyPassphrases });

beforeAll(async () => {
  own = await createTestDatabase();
  store = secretStore(own.database, openSeal([FIRST]));
});
afterAll(async () => own.close());

test('what was stored is read back by its project, whatever host the reference names', async () => {
  const ref = await add('mine');
  expect(ref).toMatch(/\/v1\/containers\/[0-9a-f-]{36}$/);
  expect(await manager(FIRST).getTlsContainer(ref, 'mine')).toEqual(CONTAINER);
  const elsewhere = ref.replace('certificates.invalid', 'barbican.example.org:9311');
  expect(await manager(FIRST).getTlsContainer(elsewhere, 'mine')).toEqual(CONTAINER);
  const secret = await store.add({ kind: 'secret', projectId: 'mine', name: 'ca', text: 'a CA' });
  expect(await manager(FIRST).getSecret(secret, 'mine')).toBe('a CA');
});

test('for other projects, as another kind, or by a text that is no reference, there is nothing', async () => {
  const ref = await add('mine');
  expect(await manager(FIRST).getTlsContainer(ref, 'theirs')).toBeNull();
  expect(await manager(FIRST).getSecret(ref, 'mine')).toBeNull();
  for (const text of ['', 'nonsense', ref.replace(/\w+$/, "x' or true --"), `${ref}0`])
    expect(await manager(FIRST).getTlsContainer(text, 'mine')).toBeNull();
});

test('the database alone tells nobody a key, and a row that was tampered with does not open', async () => {
  const ref = await add('mine');
  const { rows } = await own.database.query('select t::text as all from tenant_secret t');
  expect(JSON.stringify(rows)).not.toContain('secret key');
  expect(JSON.stringify(rows)).not.toContain(Buffer.from('secret key').toString('hex'));
  const id = ref.split('/').at(-1);
  await own.database.query("update tenant_secret set project_id = 'theirs' where id = $1", [id]);
  await expect(manager(FIRST).getTlsContainer(ref, 'theirs')).rejects.toThrow(
    `secret container ${id} of project theirs was changed in the database`,
  );
  await store.remove(ref);
});

test('a new first passphrase seals what is new, and everything once it is resealed', async () => {
  const ref = await add('mine');
  const rotated = secretStore(own.database, openSeal([SECOND, FIRST]));
  expect(await manager(SECOND, FIRST).getTlsContainer(ref, 'mine')).toEqual(CONTAINER);
  await expect(manager(SECOND).getTlsContainer(ref, 'mine')).rejects.toThrow(
    /\[certificates\] server_certs_key_passphrase does not list/,
  );
  const count = (await rotated.list(null)).length;
  expect(await rotated.reseal()).toBe(count);
  expect(await rotated.reseal()).toBe(0);
  expect(await manager(SECOND).getTlsContainer(ref, 'mine')).toEqual(CONTAINER);
});

test('what is larger than any certificate or list is refused', async () => {
  const text = 'x'.repeat(1024 * 1024 + 1);
  await expect(
    store.add({ kind: 'secret', projectId: 'mine', name: 'large', text }),
  ).rejects.toThrow(/a secret of 1048577 characters; at most 1048576/);
});

test.each([
  [[], /is empty/],
  [['short'], /has 5 characters in passphrase 1/],
  [['insecure-key-do-not-use-this-key'], /publishes/],
])('passphrases %j are refused at the start', (passphrases, reason) => {
  expect(() => manager(...passphrases)).toThrow(reason);
});
