import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { StatusReport } from './batch.ts';
import { findKnownLoadBalancers } from './known-load-balancers.ts';
import { holdLastReports, keepLastReports, type LastReport } from './last-reports.ts';
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
 * Decides on some reports and writes what follows, in one transaction: holds their amphorae's rows first and only then
 * looks, so that of two health managers the second sees what the first did. At most one report an amphora.
 */
export async function applyReports(
  heard: readonly Heard[],
  options: ApplicationOptions,
): Promise<readonly Settled[]> {
  return transaction(options.database, async (tx) => {
    await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'`);
    const involved = heard.flatMap(({ sender }) => [sender.amphoraId, ...sender.peerIds]);
    const last = await holdLastReports(tx, involved);
    const loadBalancerIds = new Set(heard.map(({ sender }) => sender.loadBalancerId));
    const known = await findKnownLoadBalancers(tx, [...loadBalancerIds]);
    const settled = settle(heard, last, known, options);
    await write(tx, settled);
    return settled;
  });
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
    applied.map(({ report, sender }) => ({ report, hasPeers: sender.peerIds.length > 0 })),
  );
  await writeOperatingStatuses(
    tx,
    applied.flatMap(({ decision }) => decision.changes),
  );
}
