import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { isUuid } from '#core/heartbeat/field.ts';
import type { Counter } from '#core/heartbeat/message.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { combined, type StatisticsReport, statisticsKey } from './batch.ts';
import { unpackStatistics } from './report-codec.ts';
import type { StreamEntry } from './stream-consumer.ts';

export interface StatWriterOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Rows written, and those of amphorae that do not carry the listener they speak of. */
  written(rows: number, refused: number): void;
  repeated(batches: number): void;
}

/** Adds some batches of statistics to the listeners' totals, each batch once however often it is delivered. */
export async function writeStatistics(
  entries: readonly StreamEntry[],
  options: StatWriterOptions,
): Promise<void> {
  const { database, logger } = options;
  // A batch sent twice, since the answer to the first time was lost, may lie in the stream twice.
  const once = new Map(entries.map((entry) => [entry.batchId, entry]));
  const outcome = await transaction(database, async (tx) => {
    const fresh = await markApplied(tx, [...once.keys()]);
    const reports = [...once.values()]
      .filter((entry) => fresh.has(entry.batchId))
      .flatMap((entry) => reportsOf(entry, logger));
    const totals = summed(reports.filter(({ isDelta }) => !isDelta));
    const increments = summed(reports.filter(({ isDelta }) => isDelta));
    const rows = (await put(tx, totals, REPLACE)) + (await put(tx, increments, ADD));
    const refused = totals.length + increments.length - rows;
    return { rows, refused, repeated: entries.length - fresh.size };
  });
  options.written(outcome.rows, outcome.refused);
  options.repeated(outcome.repeated);
}

/** Forgets batches older than any that the stream can still hold. @returns how many */
export async function sweepApplied(database: Database): Promise<number> {
  return transaction(database, async (tx) => {
    const swept = await tx.query(
      `delete from statistics_batch where id in
         (select id from statistics_batch where applied_at < now() - interval '6 hours' limit 10000)`,
    );
    return swept.rowCount ?? 0;
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

function reportsOf(entry: StreamEntry, logger: Logger): readonly StatisticsReport[] {
  try {
    return unpackStatistics(entry.body).filter(({ listenerId }) => isUuid(listenerId));
  } catch (error) {
    logger.error({ error, batch: entry.batchId }, 'a batch of statistics cannot be read');
    return [];
  }
}

/** One report a row, in the rows' order, so that two managers take their locks alike. */
function summed(reports: readonly StatisticsReport[]): readonly StatisticsReport[] {
  const byRow = new Map<string, StatisticsReport>();
  for (const report of reports) {
    const key = statisticsKey(report);
    byRow.set(key, combined(byRow.get(key), report));
  }
  return [...byRow.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report);
}

const COUNTERS = ['bytes_in', 'bytes_out', 'total_connections', 'request_errors'] as const;
const REPLACE = COUNTERS.map((name) => `${name} = excluded.${name}`).join(', ');
// A total never wraps and an absurd increment never fails the batch of everybody else.
const ADD = COUNTERS.map(
  (name) => `${name} = least(9223372036854775807, s.${name}::numeric + excluded.${name})::bigint`,
).join(', ');

/** Only rows of listeners that the amphora's own load balancer has. @returns how many were written */
async function put(
  tx: Transaction,
  reports: readonly StatisticsReport[],
  onConflict: string,
): Promise<number> {
  if (reports.length === 0) return 0;
  const counters = (of: (report: StatisticsReport) => Counter): readonly string[] =>
    reports.map((report) => String(of(report)));
  const written = await tx.query(
    `insert into listener_statistics as s
       (listener_id, amphora_id, bytes_in, bytes_out, active_connections, total_connections, request_errors)
     select v.listener_id, v.amphora_id, v.bytes_in, v.bytes_out, v.active, v.total, v.errors
     from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
       as v (listener_id, amphora_id, bytes_in, bytes_out, active, total, errors)
     join amphora a on a.id = v.amphora_id
     join listener l on l.id = v.listener_id and l.load_balancer_id = a.load_balancer_id
     on conflict (listener_id, amphora_id) do update
       set active_connections = excluded.active_connections, ${onConflict}`,
    [
      reports.map(({ listenerId }) => listenerId),
      reports.map(({ amphoraId }) => amphoraId),
      counters(({ rxBytes }) => rxBytes),
      counters(({ txBytes }) => txBytes),
      counters(({ activeConnections }) => activeConnections),
      counters(({ totalConnections }) => totalConnections),
      counters(({ requestErrors }) => requestErrors),
    ],
  );
  return written.rowCount ?? 0;
}
