import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import { packStatuses, unpackStatuses } from '../exchange/report-codec.ts';
import type { StatusReport } from '../exchange/status-report.ts';

/** The last report of an amphora that was held against the database. */
export interface LastReport {
  /** By Redis' clock; 0: none yet. */
  readonly reportedAtMs: number;
  /** Null: nobody else carries its load balancer, so that nobody asks for it. */
  readonly report: StatusReport | null;
}

/**
 * Holds the rows of some amphorae until the transaction ends, so that of several health managers one at a time decides on
 * a load balancer, each knowing what the one before did.
 */
export async function holdLastReports(
  tx: Transaction,
  amphoraIds: readonly string[],
): Promise<ReadonlyMap<string, LastReport>> {
  const sorted = [...new Set(amphoraIds)].toSorted();
  await tx.query(
    `insert into amphora_report (amphora_id, reported_at_ms)
     select v.id, 0 from unnest($1::uuid[]) with ordinality as v (id, n)
     where exists (select from amphora a where a.id = v.id)
       and not exists (select from amphora_report r where r.amphora_id = v.id)
     order by v.n on conflict do nothing`,
    [sorted],
  );
  return lastReports(tx, sorted, 'order by amphora_id for update');
}

/** The same without holding them. */
export async function findLastReports(
  db: Queryable,
  amphoraIds: readonly string[],
): Promise<ReadonlyMap<string, LastReport>> {
  return amphoraIds.length === 0 ? new Map() : lastReports(db, amphoraIds, '');
}

async function lastReports(
  db: Queryable,
  amphoraIds: readonly string[],
  hold: string,
): Promise<ReadonlyMap<string, LastReport>> {
  const found = await db.query<{ id: string; reportedAtMs: number; body: Buffer | null }>(
    `select amphora_id as id, reported_at_ms as "reportedAtMs", body
     from amphora_report where amphora_id = any($1::uuid[]) ${hold}`,
    [amphoraIds],
  );
  return new Map(
    found.rows.map(({ id, reportedAtMs, body }) => [id, { reportedAtMs, report: reportIn(body) }]),
  );
}

/** @param reports with whether another amphora carries the same load balancer */
export async function keepLastReports(
  tx: Transaction,
  reports: readonly { readonly report: StatusReport; readonly hasPeers: boolean }[],
): Promise<void> {
  if (reports.length === 0) return;
  await tx.query(
    `update amphora_report r set reported_at_ms = v.at_ms, body = v.body
     from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as v (id, at_ms, body) where r.amphora_id = v.id`,
    [
      reports.map(({ report }) => report.amphoraId),
      reports.map(({ report }) => Math.floor(report.receivedAtMs)),
      reports.map(({ report, hasPeers }) => (hasPeers ? packStatuses([report]) : null)),
    ],
  );
}

/** Of an earlier release it may be in another form; the amphora's next report takes its place. */
function reportIn(body: Buffer | null): StatusReport | null {
  try {
    return body === null ? null : (unpackStatuses(body)[0] ?? null);
  } catch {
    return null;
  }
}
