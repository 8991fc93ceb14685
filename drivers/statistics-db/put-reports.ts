import type { StatisticsReport } from '#core/ports/statistics.ts';
import type { Transaction } from '#core/ports/transaction.ts';

const COUNTERS = ['bytes_in', 'bytes_out', 'total_connections', 'request_errors'] as const;
// A total never wraps and an absurd increment never fails the batch of everybody else.
const ON_CONFLICT = {
  replace: COUNTERS.map((name) => `${name} = excluded.${name}`).join(', '),
  add: COUNTERS.map(
    (name) =>
      `${name} = least(9223372036854775807 - excluded.${name}, s.${name}) + excluded.${name}`,
  ).join(', '),
} as const;

/** Rows of one statement; its parameters are some megabytes. */
const ROWS_MAX = 10_000;

/**
 * Writes rows of listeners that the amphora's own load balancer has, thousands by one statement.
 * @param reports one a row
 * @returns how many were written; the others are not theirs to report
 */
export async function putReports(
  tx: Transaction,
  reports: readonly StatisticsReport[],
  how: keyof typeof ON_CONFLICT,
): Promise<number> {
  let rows = 0;
  for (let start = 0; start < reports.length; start += ROWS_MAX)
    rows += await putSome(tx, reports.slice(start, start + ROWS_MAX), how);
  return rows;
}

async function putSome(
  tx: Transaction,
  reports: readonly StatisticsReport[],
  how: keyof typeof ON_CONFLICT,
): Promise<number> {
  const written = await tx.query(
    `insert into listener_statistics as s
       (listener_id, amphora_id, bytes_in, bytes_out, active_connections, total_connections, request_errors)
     select v.listener_id, v.amphora_id, v.bytes_in, v.bytes_out, v.active, v.total, v.errors
     from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
       as v (listener_id, amphora_id, bytes_in, bytes_out, active, total, errors)
     join amphora a on a.id = v.amphora_id
     join listener l on l.id = v.listener_id and l.load_balancer_id = a.load_balancer_id
     on conflict (listener_id, amphora_id) do update
       set active_connections = excluded.active_connections, ${ON_CONFLICT[how]}`,
    [
      arrayOf(reports, ({ listenerId }) => listenerId),
      arrayOf(reports, ({ amphoraId }) => amphoraId),
      arrayOf(reports, ({ rxBytes }) => rxBytes),
      arrayOf(reports, ({ txBytes }) => txBytes),
      arrayOf(reports, ({ activeConnections }) => activeConnections),
      arrayOf(reports, ({ totalConnections }) => totalConnections),
      arrayOf(reports, ({ requestErrors }) => requestErrors),
    ],
  );
  return written.rowCount ?? 0;
}

/** An array as PostgreSQL reads it. `pg` would quote and escape each item, which ids and numbers do not need. */
function arrayOf(
  reports: readonly StatisticsReport[],
  of: (report: StatisticsReport) => string | number | bigint,
): string {
  return `{${reports.map(of).join(',')}}`;
}
