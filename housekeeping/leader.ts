import type pg from 'pg';
import type { Database } from '#core/db/pool.ts';

// The first half of every lock of ours here; spells "hous".
const LOCK_SPACE = 0x686f7573;

export type Led<Result> =
  | { readonly kind: 'led'; readonly result: Result }
  | { readonly kind: 'elsewhere' };

/**
 * Runs the work unless another process is running work of that name: a session lock in PostgreSQL says so, which the
 * server takes back when this process dies or loses its connection. After such a loss two may run for a moment, so the
 * work must bear that.
 */
export async function ifLeader<Result>(
  database: Database,
  name: string,
  work: () => Promise<Result>,
): Promise<Led<Result>> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    if (!(await tryLock(client, name))) return { kind: 'elsewhere' };
    try {
      return { kind: 'led', result: await work() };
    } finally {
      broken = await unlock(client, name);
    }
  } finally {
    client.release(broken);
  }
}

async function tryLock(client: pg.PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>(
    'select pg_try_advisory_lock($1, hashtext($2)) as got',
    [LOCK_SPACE, name],
  );
  return rows[0]?.got ?? false;
}

/** A connection that cannot even unlock must be closed: that unlocks too. */
async function unlock(client: pg.PoolClient, name: string): Promise<Error | undefined> {
  try {
    await client.query('select pg_advisory_unlock($1, hashtext($2))', [LOCK_SPACE, name]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
