import { isDeepStrictEqual } from 'node:util';
import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { StatusReport } from '../exchange/status-report.ts';
import { findKnownLoadBalancers } from './known-load-balancers.ts';
import {
  findLastReports,
  holdLastReports,
  keepLastReports,
  type LastReport,
} from './last-reports.ts';
import { writeOperatingStatuses } from './operating-statuses.ts';
import type { Sender } from './senders.ts';
import { decideStatus, type StatusDecision } from './status-decision.ts';
import type { KnownLoadBalancer } from './status-opinion.ts';

/** A report of an amphora that speaks for its load balancer. */
export interface Heard {
  readonly report: StatusReport;
  readonly sender: Sender & { readonly loadBalancerId: string };
}
export type Applied = Heard & {
  readonly outcome: 'applied';
  readonly decision: Extract<StatusDecision, { kind: 'decided' }>;
};
/** `superseded`: a newer report of that amphora is written already. `zombie`: its load balancer went meanwhile. */
export type Settled =
  | Applied
  | (Heard & { readonly outcome: 'superseded' | 'late' | 'busy' | 'zombie' });

export interface ApplicationOptions {
  readonly database: Database;
  readonly ageMsMax: number;
  /** By Redis' clock. */
  readonly nowMs: number;
}

const LOCK_TIMEOUT_MS = 1000;
/** A clock that was set back must not make all that comes look old. */
const CLOCK_SLACK_MS = 1000;

/**
 * Decides on some reports, at most one an amphora, and writes what follows. Most change nothing, and for those a look is
 * enough; the others are decided again with their amphorae's rows held, so that of two health managers the second sees
 * what the first did.
 */
export async function applyReports(
  heard: readonly Heard[],
  options: ApplicationOptions,
): Promise<readonly Settled[]> {
  const { database } = options;
  const known = await knownOf(database, heard);
  const peers = await findLastReports(database, heard.filter(hasPeers).flatMap(involvedIn));
  const seen = settle(heard, peers, known, options);
  const news = seen.filter((one) => isNews(one, peers));
  const isOpen = new Set<Settled>(news);
  if (news.length === 0) return seen;
  const written = await transaction(database, async (tx) => {
    await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'`);
    const last = await holdLastReports(tx, news.flatMap(involvedIn));
    const settled = settle(news, last, await knownOf(tx, news), options);
    await write(tx, settled);
    return settled;
  });
  return [...seen.filter((one) => !isOpen.has(one)), ...written];
}

function hasPeers({ sender }: Heard): boolean {
  return sender.peerIds.length > 0;
}

function involvedIn({ sender }: Heard): readonly string[] {
  return [sender.amphoraId, ...sender.peerIds];
}

function knownOf(
  db: Queryable,
  heard: readonly Heard[],
): Promise<ReadonlyMap<string, KnownLoadBalancer>> {
  const ids = new Set(heard.map(({ sender }) => sender.loadBalancerId));
  return findKnownLoadBalancers(db, [...ids]);
}

/** Whether it changes something, be it only what the peers' next reports are held against. */
function isNews(one: Settled, last: ReadonlyMap<string, LastReport>): boolean {
  if (one.outcome !== 'applied') return false;
  if (one.decision.changes.length > 0) return true;
  return hasPeers(one) && !isSaid(one.report, last.get(one.report.amphoraId)?.report ?? null);
}

function isSaid(report: StatusReport, last: StatusReport | null): boolean {
  return (
    last !== null && isDeepStrictEqual({ ...last, receivedAtMs: 0 }, { ...report, receivedAtMs: 0 })
  );
}

function settle(
  heard: readonly Heard[],
  last: ReadonlyMap<string, LastReport>,
  known: ReadonlyMap<string, KnownLoadBalancer>,
  { nowMs, ageMsMax }: ApplicationOptions,
): readonly Settled[] {
  const isNew = ({ report }: Heard): boolean => {
    const before = last.get(report.amphoraId)?.reportedAtMs ?? 0;
    return report.receivedAtMs >= before || before > nowMs + CLOCK_SLACK_MS;
  };
  const newest = new Map(heard.filter(isNew).map(({ report }) => [report.amphoraId, report]));
  return heard.map((one): Settled => {
    if (!newest.has(one.report.amphoraId)) return { ...one, outcome: 'superseded' };
    const loadBalancer = known.get(one.sender.loadBalancerId);
    if (!loadBalancer) return { ...one, outcome: 'zombie' };
    const others = one.sender.peerIds.flatMap((id) => newest.get(id) ?? last.get(id)?.report ?? []);
    const ageMs = nowMs - one.report.receivedAtMs;
    const decision = decideStatus(one.report, loadBalancer, ageMs, ageMsMax, others);
    if (decision.kind === 'late') return { ...one, outcome: 'late' };
    return { ...one, outcome: 'applied', decision };
  });
}

async function write(tx: Transaction, settled: readonly Settled[]): Promise<void> {
  const applied = settled.filter((one): one is Applied => one.outcome === 'applied');
  await keepLastReports(
    tx,
    applied.map((one) => ({ report: one.report, hasPeers: hasPeers(one) })),
  );
  await writeOperatingStatuses(
    tx,
    applied.flatMap(({ decision }) => decision.changes),
  );
}
