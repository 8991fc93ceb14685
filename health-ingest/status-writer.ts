import type { Redis } from 'ioredis';
import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { StatusReport } from './batch.ts';
import type { HeartbeatKeys } from './heartbeat-store.ts';
import { findKnownAmphorae, type KnownAmphora } from './known-load-balancers.ts';
import { unpackStatuses } from './report-codec.ts';
import { decideStatus, type StatusChange, type StatusDecision } from './status-decision.ts';
import type { StreamEntry } from './stream-consumer.ts';

/**
 * What became of a report. `stranger`: no row of that amphora. `zombie`: deleted, or without a load balancer.
 * `not-in-service`: not finished yet, going, or replaced, so it does not speak for its load balancer.
 */
export type ReportOutcome = 'applied' | 'late' | 'stranger' | 'zombie' | 'not-in-service';

export interface StatusWriterOptions {
  readonly database: Database;
  readonly redis: Redis;
  readonly keys: HeartbeatKeys;
  readonly logger: Logger;
  /** Milliseconds at which a report is too old to be applied. */
  readonly ageMsMax: number;
  /** By Redis' clock, as the reports' own times. */
  nowMs(): number;
  outcome(outcome: ReportOutcome): void;
  written(kind: StatusChange['kind'], count: number): void;
  /** Milliseconds from the datagram to the commit. */
  lag(durationMs: number): void;
  /** An amphora that should not report does; says so now and then. */
  intruder(amphoraId: string, outcome: ReportOutcome): void;
}

interface Decided {
  readonly report: StatusReport;
  readonly loadBalancerId: string;
  readonly decision: Extract<StatusDecision, { kind: 'decided' }>;
}

const TABLE: Readonly<Record<StatusChange['kind'], string>> = {
  listener: 'listener',
  pool: 'pool',
  member: 'member',
  'load-balancer': 'load_balancer',
};
const KINDS = ['listener', 'member', 'pool', 'load-balancer'] as const;

/** Holds reports against the database, all of some batches in one look, and writes what differs. */
export async function writeStatuses(
  entries: readonly StreamEntry[],
  options: StatusWriterOptions,
): Promise<void> {
  const reports = newestOf(entries, options.logger);
  const known = await findKnownAmphorae(options.database, [...reports.keys()]);
  const decided = [...reports.values()].flatMap((report) => {
    const { outcome, result } = decide(report, known.get(report.amphoraId), options);
    options.outcome(outcome);
    if (outcome === 'stranger' || outcome === 'zombie') options.intruder(report.amphoraId, outcome);
    return result ? [result] : [];
  });
  await write(decided, options);
  await markMismatches(decided, options);
  for (const { report } of decided) options.lag(options.nowMs() - report.receivedAtMs);
}

/** Batches come in order, so the last report of an amphora is its newest. */
function newestOf(
  entries: readonly StreamEntry[],
  logger: Logger,
): ReadonlyMap<string, StatusReport> {
  const newest = new Map<string, StatusReport>();
  for (const entry of entries) {
    try {
      for (const report of unpackStatuses(entry.body)) newest.set(report.amphoraId, report);
    } catch (error) {
      logger.error({ error, entry: entry.entryId }, 'a batch of status reports cannot be read');
    }
  }
  return newest;
}

function decide(
  report: StatusReport,
  known: KnownAmphora | undefined,
  options: StatusWriterOptions,
): { readonly outcome: ReportOutcome; readonly result?: Decided } {
  if (known === undefined) return { outcome: 'stranger' };
  const { loadBalancer, amphoraStatus } = known;
  if (loadBalancer === null || amphoraStatus === 'DELETED') return { outcome: 'zombie' };
  if (!known.isInService) return { outcome: 'not-in-service' };
  const ageMs = options.nowMs() - report.receivedAtMs;
  const decision = decideStatus(report, loadBalancer, ageMs, options.ageMsMax);
  if (decision.kind === 'late') return { outcome: 'late' };
  return { outcome: 'applied', result: { report, loadBalancerId: loadBalancer.id, decision } };
}

async function write(decided: readonly Decided[], options: StatusWriterOptions): Promise<void> {
  const changes = decided.flatMap(({ decision }) => decision.changes);
  if (changes.length === 0) return;
  await transaction(options.database, async (tx) => {
    // Somebody who holds a load balancer for long must not hold up all others' statuses.
    await tx.query(`set local lock_timeout = '2s'`);
    for (const kind of KINDS)
      await writeKind(
        tx,
        kind,
        changes.filter((change) => change.kind === kind),
      );
  });
  for (const kind of KINDS)
    options.written(kind, changes.filter((change) => change.kind === kind).length);
  for (const one of decided) log(one, options.logger);
}

/** Sorted, so that two managers take the rows' locks in the same order. */
async function writeKind(
  tx: Transaction,
  kind: StatusChange['kind'],
  changes: readonly StatusChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const sorted = changes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await tx.query(
    `update ${TABLE[kind]} t
     set operating_status = v.status, updated_at = date_trunc('second', clock_timestamp())
     from unnest($1::uuid[], $2::text[]) as v (id, status)
     where t.id = v.id and t.operating_status <> v.status`,
    [sorted.map(({ id }) => id), sorted.map(({ to }) => to)],
  );
}

function log({ report, loadBalancerId, decision }: Decided, logger: Logger): void {
  const about = { amphora_id: report.amphoraId, load_balancer_id: loadBalancerId };
  for (const { kind, id, from, to } of decision.changes)
    logger.info({ ...about, kind, id, from, to }, 'operating status changed');
  if (decision.unknownWords.length > 0)
    logger.debug({ ...about, words: decision.unknownWords }, 'reported statuses that mean nothing');
}

/** The failover scheduler reads since when an amphora has not carried what it should. */
async function markMismatches(
  decided: readonly Decided[],
  { redis, keys, logger }: StatusWriterOptions,
): Promise<void> {
  if (decided.length === 0) return;
  const right = decided.filter(({ decision }) => decision.isListenerCountRight);
  const wrong = decided.filter(({ decision }) => !decision.isListenerCountRight);
  const pipeline = redis.pipeline();
  for (const { report } of wrong)
    pipeline.zadd(keys.mismatch, 'NX', report.receivedAtMs, report.amphoraId);
  if (right.length > 0)
    pipeline.zrem(keys.mismatch, ...right.map(({ report }) => report.amphoraId));
  const results = (await pipeline.exec()) ?? [];
  for (const [index, { report, loadBalancerId }] of wrong.entries())
    if (results[index]?.[1] === 1)
      logger.warn(
        {
          amphora_id: report.amphoraId,
          load_balancer_id: loadBalancerId,
          listeners: [...report.listeners.keys()],
        },
        'the amphora does not carry the listeners it should',
      );
}
