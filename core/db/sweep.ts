import type { Database } from './pool.ts';

const SWEPT_AT_ONCE = 10_000;
/** No sweep holds a table for long; what is left is swept the next time. */
const BATCHES_MAX = 10;

export interface OldRows {
  /** With a column `id`. */
  readonly table: string;
  readonly writtenAtColumn: string;
  readonly ageHours: number;
}

/** Deletes rows that nobody can need any more, a batch a transaction. @returns how many */
export async function sweepOldRows(database: Database, old: OldRows): Promise<number> {
  const { table, writtenAtColumn, ageHours } = old;
  const statement = `
    delete from ${table} where id in
      (select id from ${table} where ${writtenAtColumn} < now() - $1 * interval '1 hour' limit ${SWEPT_AT_ONCE})`;
  let total = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const swept = await database.query(statement, [ageHours]);
    total += swept.rowCount ?? 0;
    if ((swept.rowCount ?? 0) < SWEPT_AT_ONCE) break;
  }
  return total;
}
