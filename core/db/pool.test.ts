import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { isDatabaseAway, openDatabase } from './pool.ts';
import { transaction } from './transaction.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('a server that is not there is away', async () => {
  for (const host of ['127.0.0.1', 'localhost', '%2Fnowhere']) {
    const nowhere = openDatabase(
      {
        connection: `postgresql://octavia@${host}:1/x`,
        poolSizeMax: 1,
        poolTimeoutMs: 2000,
        applicationName: 't',
      },
      () => {},
    );
    expect(isDatabaseAway(await failureOf(nowhere.query('select 1')))).toBe(true);
    await nowhere.end();
  }
});

test('a server that cuts the connection is away, in the middle of a statement or between two', async () => {
  const kill = `select pg_terminate_backend(pg_backend_pid())`;
  expect(isDatabaseAway(await failureOf(own.database.query(kill)))).toBe(true);
  const between = transaction(own.database, async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    await own.database.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await own.database.query('select pg_sleep(0.05)');
    await tx.query('select 1');
  });
  expect(isDatabaseAway(await failureOf(between))).toBe(true);
});

test('a server behind a broken network, without a name for a moment or become a standby is away', async () => {
  for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND'])
    expect(isDatabaseAway(Object.assign(new Error('no way there'), { code }))).toBe(true);
  const asStandby = transaction(own.database, async (tx) => {
    await tx.query('set transaction read only');
    await tx.query(`update quota set project_id = project_id`);
  });
  expect(isDatabaseAway(await failureOf(asStandby))).toBe(true);
});

test('a statement that is refused does not mean that the database is away', async () => {
  for (const sql of ['select broken', 'select 1/0', 'insert into quota (project_id) values (null)'])
    expect(isDatabaseAway(await failureOf(own.database.query(sql)))).toBe(false);
  expect(isDatabaseAway(new Error('something else'))).toBe(false);
  expect(isDatabaseAway(await failureOf(readFile('/nowhere/ca.pem')))).toBe(false);
  expect(isDatabaseAway('text')).toBe(false);
});

test('a connection lost while idle is reported, and the pool goes on with another', async () => {
  const { promise: reported, resolve: report } = Promise.withResolvers<Error>();
  const pool = openDatabase(
    { connection: own.url, poolSizeMax: 1, poolTimeoutMs: 5000, applicationName: 'idle' },
    report,
  );
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  await own.database.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  expect((await reported).message).toMatch(/terminat/);
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test('large counters are numbers', async () => {
  const { rows } = await own.database.query(
    `select 9000000000000::bigint as bytes, count(*) from quota`,
  );
  expect(rows).toEqual([{ bytes: 9_000_000_000_000, count: 0 }]);
});
