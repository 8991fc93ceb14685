import type { StatisticsReport } from '#core/ports/statistics.ts';
import type { Transaction } from '#core/ports/transaction.ts';

/** Rows of one statement; its parameters are some megabytes. */
const ROWS_MAX = 10_000;

const COUNTERS = ['bytes_in', 'bytes_out', 'total_connections', 'request_errors'] as const;
const COLUMNS = ['listener_id', 'amphora_id', ...COUNTERS, 'active_connections'] as const;
const GIVEN = `unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
  as v (${COLUMNS.join(', ')})`;

const ADDED = (name: string, given: string): string =>
  // A total never wraps and an absurd increment never fails the batch of everybody else.
  `${name} = least(9223372036854775807 - ${given}.${name}, s.${name}) + ${given}.${name}`;
const REPLACED = (name: string, given: string): string => `${name} = ${given}.${name}`;
type Counted = typeof ADDED;

const statementsOf = (counted: Counted) => ({
  /** Of rows that are there. They were let in once, and cost half of what looking again at whose they are does. */
  update: `update listener_statistics s set ${changes(counted, 'v')} from ${GIVEN}
    where s.listener_id = v.listener_id and s.amphora_id = v.amphora_id`,
  upsert: `insert into listener_statistics as s (${COLUMNS.join(', ')})
    select ${COLUMNS.map((name) => `v.${name}`).join(', ')} from ${GIVEN}
    join amphora a on a.id = v.amphora_id
    join listener l on l.id = v.listener_id and l.load_balancer_id = a.load_balancer_id
    order by v.listener_id, v.amphora_id
    on conflict (listener_id, amphora_id) do update set ${changes(counted, 'excluded')}`,
});
const STATEMENTS = { replace: statementsOf(REPLACED), add: statementsOf(ADDED) } as const;

function changes(counted: Counted, given: string): string {
  const counters = COUNTERS.map((name) => counted(name, given));
  return [...counters, REPLACED('active_connections', given)].join(', ');
}

/** So that rows are locked in the order given, as all writers do it, and none waits for another in a circle. */
const IN_ORDER = `select ${['hashjoin', 'mergejoin', 'seqscan']
  .map((way) => `set_config('enable_${way}', 'off', true)`)
  .join(', ')}`;

/**
 * Writes rows of listeners that the amphora's own load balancer has, thousands by one statement.
 * @param reports one a row, in the rows' order
 * @returns how many were written; the others are not theirs to report
 */
export async function putReports(
  tx: Transaction,
  reports: readonly StatisticsReport[],
  how: keyof typeof STATEMENTS,
): Promise<number> {
  let rows = 0;
  for (let start = 0; start < reports.length; start += ROWS_MAX)
    rows += await putSome(tx, reports.slice(start, start + ROWS_MAX), how);
  return rows;
}

async function putSome(
  tx: Transaction,
  reports: readonly StatisticsReport[],
  how: keyof typeof STATEMENTS,
): Promise<number> {
  const { update, upsert } = STATEMENTS[how];
  const given = columnsOf(reports);
  await tx.query('savepoint as_before');
  await tx.query(IN_ORDER);
  const updated = await tx.query(update, given);
  if (updated.rowCount === reports.length) return updated.rowCount;
  // To add the missing ones behind those updated would be out of order.
  await tx.query('rollback to savepoint as_before');
  const put = await tx.query(upsert, given);
  return put.rowCount ?? 0;
}

/** @returns an array for each of `COLUMNS` */
function columnsOf(reports: readonly StatisticsReport[]): string[] {
  return [
    arrayOf(reports, ({ listenerId }) => listenerId),
    arrayOf(reports, ({ amphoraId }) => amphoraId),
    arrayOf(reports, ({ rxBytes }) => rxBytes),
    arrayOf(reports, ({ txBytes }) => txBytes),
    arrayOf(reports, ({ totalConnections }) => totalConnections),
    arrayOf(reports, ({ requestErrors }) => requestErrors),
    arrayOf(reports, ({ activeConnections }) => activeConnections),
  ];
}

/** An array as PostgreSQL reads it. `pg` would quote and escape each item, which ids and numbers do not need. */
function arrayOf(
  reports: readonly StatisticsReport[],
  of: (report: StatisticsReport) => string | number | bigint,
): string {
  return `{${reports.map(of).join(',')}}`;
}
