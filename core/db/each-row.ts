import pg from 'pg';
import type { Database } from './pool.ts';
import { preparedName } from './prepared.ts';

/**
 * Runs a statement and hands over each row as it comes, in place of holding all of them until the last: of a long page
 * only what was made of its rows stays, which halves what the collector of garbage has to do (bench/api.ts).
 * @throws what the statement or `take` throws; after the latter no further row is handed over
 */
export async function eachRow<Row extends object>(
  database: Database,
  text: string,
  values: readonly unknown[],
  take: (row: Row) => void,
): Promise<void> {
  const client = await database.connect();
  try {
    await run(client, text, values, take);
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}

function run<Row extends object>(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[],
  take: (row: Row) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const name = preparedName(text);
  const config = { text, values: [...values], ...(name === undefined ? {} : { name }) };
  let failure: { readonly error: unknown } | null = null;
  const query = new pg.Query<Row>(config, (error) => {
    const failed = failure ?? (error ? { error } : null);
    if (failed === null) resolve();
    else reject(failed.error);
  });
  query.on('row', (row, result) => {
    // The driver would keep the rows beside us.
    if (result) result.rows.length = 0;
    if (failure !== null) return;
    try {
      take(row);
    } catch (error) {
      failure = { error };
    }
  });
  client.query(query);
  return promise;
}
