import type { Redis } from 'ioredis';
import type { Database } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { HeartbeatKeys } from '../exchange/heartbeat-keys.ts';
import type { StreamEntry } from '../exchange/redis-stream.ts';
import { unpackStatuses } from '../exchange/report-codec.ts';
import type { StatusReport } from '../exchange/status-report.ts';
import { markMismatches } from './listener-mismatches.ts';
import { type Applied, applyReports, type Heard, type Settled } from './report-application.ts';
import { findSenders, type Sender } from './senders.ts';
import type { StatusChange } from './status-decision.ts';

/**
 * What became of a report. `superseded`: a newer one of that amphora is written already. `late`: too old; the amphora is
 * asked again. `busy`: somebody else holds the rows; likewise. `stranger`: no row of that amphora. `zombie`: deleted, or
 * without a load balancer. `not-in-service`: not finished yet, going, or replaced, so it does not speak for its load
 * balancer; it is asked once it does.
 */
export type ReportOutcome =
  | 'applied'
  | 'superseded'
  | 'late'
  | 'busy'
  | 'stranger'
  | 'zombie'
  | 'not-in-service';

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
  /** An amphora that should not report does. */
  intruder(amphoraId: string, outcome: 'stranger' | 'zombie'): void;
  /** Amphorae whose report did not get through: each shall report in full once more. */
  ask(amphoraIds: readonly string[]): void;
}

/** Reports of one transaction: it holds their rows, so it must not last. */
const REPORTS_MAX = 1000;
/** An amphora's next report comes a heartbeat interval later, and that is a second or more. */
const OVERTAKEN_AFTER_MS = 500;
const LOCK_NOT_AVAILABLE = '55P03';

/** Holds reports against the database, all of some batches in one look, and writes what differs. */
export async function writeStatuses(
  entries: readonly StreamEntry[],
  options: StatusWriterOptions,
): Promise<void> {
  const reports = [...newestOf(entries, options.logger).values()];
  for (let start = 0; start < reports.length; start += REPORTS_MAX) {
    const some = reports.slice(start, start + REPORTS_MAX);
    const senders = await findSenders(
      options.database,
      some.map(({ amphoraId }) => amphoraId),
    );
    const heard = some.flatMap((report) => heardOf(report, senders.get(report.amphoraId), options));
    await applyAll(heard, options);
  }
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

function heardOf(
  report: StatusReport,
  sender: Sender | undefined,
  options: StatusWriterOptions,
): readonly Heard[] {
  const outcome = ignoredAs(sender);
  if (outcome === 'stranger' || outcome === 'zombie') options.intruder(report.amphoraId, outcome);
  if (outcome !== null) options.outcome(outcome);
  if (outcome !== null || !sender || sender.loadBalancerId === null) return [];
  return [{ report, sender: { ...sender, loadBalancerId: sender.loadBalancerId } }];
}

function ignoredAs(sender: Sender | undefined): 'stranger' | 'zombie' | 'not-in-service' | null {
  if (sender === undefined) return 'stranger';
  if (sender.loadBalancerId === null || sender.amphoraStatus === 'DELETED') return 'zombie';
  return sender.isInService ? null : 'not-in-service';
}

/** Somebody who holds one load balancer's rows for long must not hold up all others' statuses: those are found by halving. */
async function applyAll(heard: readonly Heard[], options: StatusWriterOptions): Promise<void> {
  if (heard.length === 0) return;
  try {
    const { database, ageMsMax } = options;
    const settled = await applyReports(heard, { database, ageMsMax, nowMs: options.nowMs() });
    return await conclude(settled, options);
  } catch (error) {
    if (!isLocked(error)) throw error;
    const [first] = heard;
    if (heard.length === 1 && first) return conclude([{ ...first, outcome: 'busy' }], options);
    const half = Math.ceil(heard.length / 2);
    await applyAll(heard.slice(0, half), options);
    await applyAll(heard.slice(half), options);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
}

async function conclude(settled: readonly Settled[], options: StatusWriterOptions): Promise<void> {
  for (const { outcome } of settled) options.outcome(outcome);
  const again = settled.filter((one) => isToBeAsked(one, options.nowMs()));
  if (again.length > 0) options.ask(again.map(({ report }) => report.amphoraId));
  const applied = settled.filter((one): one is Applied => one.outcome === 'applied');
  for (const one of applied) {
    for (const { kind } of one.decision.changes) options.written(kind, 1);
    log(one, options.logger);
    options.lag(options.nowMs() - one.report.receivedAtMs);
  }
  await mark(applied, options);
}

/** One that is right again and stays noted as wrong would be replaced: what Redis did not take is told once more. */
async function mark(applied: readonly Applied[], options: StatusWriterOptions): Promise<void> {
  try {
    await markMismatches(applied, options);
  } catch (error) {
    options.logger.warn({ error }, 'Redis did not take which amphorae carry the wrong listeners');
    options.ask(applied.map(({ report }) => report.amphoraId));
  }
}

/**
 * Besides those not heard: one that lacks listeners, until it has them, since it will be replaced if it goes on; and one
 * whose old report changed something, since a newer one that changed nothing may have been written before it.
 */
function isToBeAsked(one: Settled, nowMs: number): boolean {
  if (one.outcome === 'late' || one.outcome === 'busy') return true;
  if (one.outcome !== 'applied') return false;
  const isOld = nowMs - one.report.receivedAtMs > OVERTAKEN_AFTER_MS;
  return !one.decision.isListenerCountRight || (isOld && one.decision.changes.length > 0);
}

function log({ report, sender, decision }: Applied, logger: Logger): void {
  const about = { amphora_id: report.amphoraId, load_balancer_id: sender.loadBalancerId };
  for (const { kind, id, from, to } of decision.changes)
    logger.info({ ...about, kind, id, from, to }, 'operating status changed');
  if (decision.unknownWords.length > 0)
    logger.debug({ ...about, words: decision.unknownWords }, 'reported statuses that mean nothing');
}
