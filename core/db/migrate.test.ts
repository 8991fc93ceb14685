import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { migrate } from './migrate.ts';
import { type Database, openDatabase } from './pool.ts';

let own: TestDatabase;
let folder: string;
let directory: URL;
let track: string;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());
beforeEach(async () => {
  track = randomUUID();
  folder = await mkdtemp(join(tmpdir(), 'octavia-migrate-'));
  directory = pathToFileURL(`${folder}/`);
  await own.database.query('drop table if exists step');
  await own.database.query('create table step (name text)');
  return () => rm(folder, { recursive: true });
});

const migration = (name: string, sql = `insert into step values ('${name}')`) =>
  writeFile(join(folder, name), sql);
async function steps(): Promise<string[]> {
  const { rows } = await own.database.query<{ name: string }>('select name from step');
  return rows.map((row) => row.name);
}

test('migrations run in the order of their numbers, once, and new ones later', async () => {
  await migration('0002-second.sql');
  await migration('0001-first.sql');
  await migration('notes.txt', 'not sql');
  expect(await migrate(own.database, directory, track)).toEqual([
    '0001-first.sql',
    '0002-second.sql',
  ]);
  expect(await migrate(own.database, directory, track)).toEqual([]);
  await migration('0003-third.sql');
  expect(await migrate(own.database, directory, track)).toEqual(['0003-third.sql']);
  expect(await steps()).toEqual(['0001-first.sql', '0002-second.sql', '0003-third.sql']);
});

test('when several processes migrate at once, each migration runs in exactly one', async () => {
  for (const name of ['0001-first.sql', '0002-second.sql', '0003-third.sql'])
    await migration(name, `select pg_sleep(0.02); insert into step values ('${name}')`);
  await own.database.query('drop table schema_migration');
  const others: Database[] = Array.from({ length: 6 }, () =>
    openDatabase(
      { connection: own.url, poolSizeMax: 1, poolTimeoutMs: 20_000, applicationName: 'other' },
      () => {},
    ),
  );
  const ran = await Promise.all(others.map((other) => migrate(other, directory, track)));
  await Promise.all(others.map((other) => other.end()));
  expect(ran.flat().toSorted()).toEqual(['0001-first.sql', '0002-second.sql', '0003-third.sql']);
  expect(await steps()).toEqual(['0001-first.sql', '0002-second.sql', '0003-third.sql']);
});

test('a migration that fails leaves nothing and runs again once it is mended', async () => {
  await migration('0001-first.sql');
  await migration('0002-broken.sql', `insert into step values ('half'); select broken`);
  await expect(migrate(own.database, directory, track)).rejects.toThrow('broken');
  expect(await steps()).toEqual(['0001-first.sql']);
  await migration('0002-broken.sql');
  expect(await migrate(own.database, directory, track)).toEqual(['0002-broken.sql']);
});

test("a driver's migrations are counted apart from ours", async () => {
  await migration('0001-first.sql');
  expect(await migrate(own.database, directory, track)).toHaveLength(1);
  expect(await migrate(own.database, directory, `${track}-other`)).toHaveLength(1);
});

test("a migration may take longer than the daemon's other statements", async () => {
  await migration('0001-slow.sql', `select pg_sleep(0.5); insert into step values ('slow')`);
  const impatient = openDatabase(
    {
      connection: own.url,
      poolSizeMax: 1,
      poolTimeoutMs: 20_000,
      statementTimeoutMs: 100,
      applicationName: 'impatient',
    },
    () => {},
  );
  await expect(impatient.query('select pg_sleep(0.5)')).rejects.toThrow('statement timeout');
  await migrate(impatient, directory, track);
  expect(await steps()).toEqual(['slow']);
  await impatient.end();
});
