import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Database } from '#core/db/pool.ts';
import type { Statement } from './statement.ts';

interface Client {
  query(statement: object): Promise<unknown>;
}

/** Runs what was recorded of one request as the request did, transactions on a connection of their own. */
export function replayOf(
  statements: readonly Statement[],
  fresh: string | null,
): (database: Database) => Promise<void> {
  return async (database) => {
    const renamed = fresh === null ? statements : withNewId(statements, fresh);
    let held: PoolClient | undefined;
    try {
      for (const statement of renamed) {
        if (statement.text === 'begin') held = await database.connect();
        const client: Client = held ?? database;
        await client.query({ ...statement, values: [...statement.values] });
        if (statement.text !== 'commit') continue;
        held?.release();
        held = undefined;
      }
    } catch (error) {
      held?.release(true);
      throw error;
    }
  };
}

/** An object can be created once only: its id becomes another, wherever it stands. */
function withNewId(statements: readonly Statement[], id: string): readonly Statement[] {
  const another = randomUUID();
  const renamed = (value: unknown): unknown =>
    typeof value === 'string' ? value.replaceAll(id, another) : value;
  return statements.map((statement) => ({ ...statement, values: statement.values.map(renamed) }));
}
