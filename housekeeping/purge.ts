import type { Database } from '#core/db/pool.ts';
import { isDatabaseAway } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';

// With the largest batch 200,000 rows a run, more than a busy cloud makes until the next: what is left is taken then.
const BATCHES_MAX = 400;
/** Rows that cannot go, after which a run ends: each is a line in the log. */
const FAILED_MAX = 1000;

/** Rows that are to go once they are old enough. Only their ids are ever read. */
export interface Purgeable {
  /** What a row is, for messages: `amphora`. */
  readonly noun: string;
  readonly batchSize: number;
  /** Ids that are due, in ascending order, those after `afterId` (null: from the first). */
  due(db: Queryable, afterId: string | null, limit: number): Promise<readonly string[]>;
  /** Removes those of the ids that still are due. @returns how many */
  remove(tx: Transaction, ids: readonly string[]): Promise<number>;
}

// A type, so that it is one of a task's counts.
export type Purged = {
  readonly removed: number;
  readonly failed: number;
};

/**
 * Removes what is due, a batch a transaction. A batch that fails is repeated row by row, so that one row that cannot
 * go keeps no other: it is logged, left, and looked at again in the next run.
 * @param signal ends the run after the batch under way
 * @throws when the database is away
 */
export async function purge(
  database: Database,
  rows: Purgeable,
  logger: Logger,
  signal: AbortSignal,
): Promise<Purged> {
  let removed = 0;
  let failed = 0;
  let afterId: string | null = null;
  for (let batch = 0; batch < BATCHES_MAX && failed < FAILED_MAX && !signal.aborted; batch++) {
    const ids = await rows.due(database, afterId, rows.batchSize);
    const gone = await removeBatch(database, rows, ids, logger);
    removed += gone.removed;
    failed += gone.failed;
    afterId = ids.at(-1) ?? null;
    if (ids.length < rows.batchSize) break;
  }
  return { removed, failed };
}

async function removeBatch(
  database: Database,
  rows: Purgeable,
  ids: readonly string[],
  logger: Logger,
): Promise<Purged> {
  if (ids.length === 0) return { removed: 0, failed: 0 };
  try {
    return { removed: await transaction(database, (tx) => rows.remove(tx, ids)), failed: 0 };
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    if (ids.length === 1) {
      logger.warn({ error, id: ids[0] }, `could not purge this ${rows.noun}`);
      return { removed: 0, failed: 1 };
    }
  }
  let removed = 0;
  let failed = 0;
  for (const id of ids) {
    const gone = await removeBatch(database, rows, [id], logger);
    removed += gone.removed;
    failed += gone.failed;
  }
  return { removed, failed };
}
