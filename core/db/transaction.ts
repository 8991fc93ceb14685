import type pg from 'pg';
import type { Transaction } from '../ports/transaction.ts';
import { type Database, isDatabaseAway } from './pool.ts';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const ATTEMPTS_MAX = 5;

/**
 * Runs `work` in one transaction: commits what it did, or rolls everything back and rethrows. Deadlocks and
 * serialization failures are tried again, at most 5 times, so `work` must have no effect outside the transaction.
 */
export async function transaction<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return repeatedly(() => attemptOnce(database, work));
}

/**
 * The same for work that is one statement, which is a transaction by itself: one way to the server instead of three. A
 * second statement is refused.
 */
export async function statement<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return repeatedly(() => work(single(database)));
}

function single(database: Database): Transaction {
  let isUsed = false;
  const query = async (text: string, values?: unknown[]): Promise<unknown> => {
    if (isUsed) throw new Error('a second statement: what has two needs transaction()');
    isUsed = true;
    return database.query(text, values);
  };
  return { query } as unknown as Transaction;
}

async function repeatedly<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isWorthRepeating(error)) throw error;
    }
  }
}

async function attemptOnce<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client as unknown as Transaction);
    await client.query('commit');
    return result;
  } catch (error) {
    // On a connection without an answer ROLLBACK would have to wait as well.
    broken = isDatabaseAway(error) ? error : await rollBack(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A connection on which even ROLLBACK fails must not go back to the pool. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isWorthRepeating(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === SERIALIZATION_FAILURE || code === DEADLOCK;
}
