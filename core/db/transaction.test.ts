import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import type { Transaction } from '../ports/transaction.ts';
import { openDatabase } from './pool.ts';
import { transaction } from './transaction.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
  await own.database.query('create table account (id integer primary key, balance integer)');
});
afterAll(() => own.close());

async function accounts(...ids: readonly number[]): Promise<void> {
  await own.database.query('delete from account');
  for (const id of ids) await own.database.query('insert into account values ($1, 0)', [id]);
}

async function credit(tx: Transaction, id: number): Promise<void> {
  await tx.query('update account set balance = balance + 1 where id = $1', [id]);
}

async function pidOf(tx: Transaction): Promise<number | undefined> {
  return (await tx.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
}

test('two transactions that lock the same rows in opposite order both commit in the end', async () => {
  await accounts(1, 2);
  let attempts = 0;
  let arrived = 0;
  const { promise: bothHoldOne, resolve: meet } = Promise.withResolvers<void>();
  const crossing = (first: number, second: number) =>
    transaction(own.database, async (tx) => {
      attempts += 1;
      await credit(tx, first);
      arrived += 1;
      if (arrived === 2) meet();
      await bothHoldOne;
      await credit(tx, second);
    });
  await Promise.all([crossing(1, 2), crossing(2, 1)]);
  const { rows } = await own.database.query('select balance from account');
  expect(rows).toEqual([{ balance: 2 }, { balance: 2 }]);
  // More than three when the one that was refused is back before the other has gone on.
  expect(attempts).toBeGreaterThanOrEqual(3);
});

test('a transaction that always fails to serialize is given up after five attempts', async () => {
  let attempts = 0;
  const failing = transaction(own.database, async (tx) => {
    attempts += 1;
    await tx.query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
  });
  await expect(failing).rejects.toThrow('again');
  expect(attempts).toBe(5);
});

test('another fault is not tried again', async () => {
  let attempts = 0;
  const failing = transaction(own.database, async () => {
    attempts += 1;
    throw new Error('a bug');
  });
  await expect(failing).rejects.toThrow('a bug');
  expect(attempts).toBe(1);
});

test('a connection lost between two statements fails the transaction, not the process', async () => {
  await accounts(1);
  const lost = transaction(own.database, async (tx) => {
    await credit(tx, 1);
    await own.database.query('select pg_terminate_backend($1)', [await pidOf(tx)]);
    await own.database.query('select pg_sleep(0.05)');
    await credit(tx, 1);
  });
  await expect(lost).rejects.toThrow(/terminat|not queryable|closed/i);
  const { rows } = await own.database.query('select balance from account');
  expect(rows).toEqual([{ balance: 0 }]);
});

test('a broken connection does not go back to the pool', async () => {
  const single = openDatabase(
    { connection: own.url, poolSizeMax: 1, poolTimeoutMs: 5000, applicationName: 'single' },
    () => {},
  );
  let lostPid: number | undefined;
  const lost = transaction(single, async (tx) => {
    lostPid = await pidOf(tx);
    await own.database.query('select pg_terminate_backend($1)', [lostPid]);
    await tx.query('select 1');
  });
  await expect(lost).rejects.toThrow();
  const pid = await transaction(single, pidOf);
  expect(pid).toBeTypeOf('number');
  expect(pid).not.toBe(lostPid);
  await single.end();
});

test('a connection whose transaction failed is clean for the next caller', async () => {
  const single = openDatabase(
    { connection: own.url, poolSizeMax: 1, poolTimeoutMs: 5000, applicationName: 'single' },
    () => {},
  );
  await expect(transaction(single, (tx) => tx.query('select broken'))).rejects.toThrow('broken');
  const { rows } = await transaction(single, (tx) => tx.query('select 1 as fine'));
  expect(rows).toEqual([{ fine: 1 }]);
  await single.end();
});
