import type { Database } from '#core/db/pool.ts';
import { sweepOldRows } from '#core/db/sweep.ts';
import { transaction } from '#core/db/transaction.ts';
import type {
  StatisticsBatch,
  StatisticsDriver,
  StatisticsReport,
} from '#core/ports/statistics.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { putReports } from './put-reports.ts';
import { combined } from './sums.ts';

export interface DatabaseStatisticsOptions {
  readonly database: Database;
  /** Rows written, and reports of amphorae that do not carry the listener they speak of. */
  written(rows: number, refused: number): void;
  repeated(batches: number): void;
}

/** Adds to the listeners' totals that the API shows, each batch once however often it comes: the one driver that is exact. */
export function databaseStatistics(options: DatabaseStatisticsOptions): StatisticsDriver {
  return {
    name: 'stats_db',
    async updateStatistics(batches) {
      // A batch sent twice, since the answer to the first time was lost, may lie in the stream twice.
      const once = new Map(batches.map((batch) => [batch.id, batch]));
      const outcome = await transaction(options.database, async (tx) => {
        const fresh = await markApplied(tx, [...once.keys()]);
        return { fresh: fresh.size, ...(await write(tx, freshOf(once, fresh))) };
      });
      options.written(outcome.rows, outcome.refused);
      options.repeated(batches.length - outcome.fresh);
    },
  };
}

/** Forgets batches older than any that the stream can still hold. @returns how many */
export async function sweepApplied(database: Database): Promise<number> {
  return sweepOldRows(database, {
    table: 'statistics_batch',
    writtenAtColumn: 'applied_at',
    ageHours: 6,
  });
}

/** @returns ids of the batches that were not applied before */
async function markApplied(
  tx: Transaction,
  batchIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const marked = await tx.query<{ id: string }>(
    `insert into statistics_batch (id) select distinct unnest($1::text[]) order by 1
     on conflict do nothing returning id`,
    [batchIds],
  );
  return new Set(marked.rows.map(({ id }) => id));
}

function freshOf(
  batches: ReadonlyMap<string, StatisticsBatch>,
  fresh: ReadonlySet<string>,
): readonly StatisticsReport[] {
  return [...batches.values()].filter(({ id }) => fresh.has(id)).flatMap(({ reports }) => reports);
}

async function write(
  tx: Transaction,
  reports: readonly StatisticsReport[],
): Promise<{ readonly rows: number; readonly refused: number }> {
  const { totals, increments } = combined(reports);
  const rows =
    (await putReports(tx, totals, 'replace')) + (await putReports(tx, increments, 'add'));
  return { rows, refused: totals.length + increments.length - rows };
}
