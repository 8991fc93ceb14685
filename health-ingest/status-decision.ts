import { isPending, type OperatingStatus, type ProvisioningStatus } from '#core/domain/status.ts';
import type { PoolReport } from '#core/heartbeat/message.ts';
import type { StatusReport } from './batch.ts';

/** A load balancer as the database has it, as much as a status report is held against. */
export interface KnownLoadBalancer {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: string;
  readonly listeners: ReadonlyMap<string, KnownListener>;
  readonly pools: ReadonlyMap<string, KnownPool>;
}
export interface KnownListener {
  readonly isEnabled: boolean;
  readonly protocol: string;
  readonly operatingStatus: string;
  /** Whether its default pool has a member that is enabled. */
  readonly hasMember: boolean;
}
export interface KnownPool {
  readonly operatingStatus: string;
  /** Member id → operating status. */
  readonly members: ReadonlyMap<string, string>;
}

export interface StatusChange {
  readonly kind: 'listener' | 'pool' | 'member' | 'load-balancer';
  readonly id: string;
  readonly from: string;
  readonly to: OperatingStatus;
}
export type StatusDecision =
  /** Older than a report should be when it is applied; a newer one is on its way. */
  | { readonly kind: 'late' }
  | {
      readonly kind: 'decided';
      /** False: the amphora does not carry the listeners it should; when that lasts it is replaced. */
      readonly isListenerCountRight: boolean;
      /** In the order to write them. */
      readonly changes: readonly StatusChange[];
      /** Words of HAProxy's that mean nothing to us. */
      readonly unknownWords: readonly string[];
    };

/** From this version on the last report of a pool counts, before it the first listener's. */
const VERSION_LAST_POOL_WINS = 2;

/**
 * Holds one report against what is stored and says what must change. Pure.
 * @param ageMs since the report came in
 * @param ageMsMax at which a report is too old to be applied
 * @see octavia/amphorae/drivers/health/heartbeat_udp.py
 */
export function decideStatus(
  report: StatusReport,
  known: KnownLoadBalancer,
  ageMs: number,
  ageMsMax: number,
): StatusDecision {
  const isListenerCountRight = hasExpectedListeners(report, known);
  // With the wrong listeners even an old report tells that something is amiss.
  if (isListenerCountRight && ageMs >= ageMsMax) return { kind: 'late' };
  const verdict = new Verdict(known);
  for (const [id, listener] of known.listeners) verdict.listener(id, listener, report.listeners);
  const reported = reportedPools(report);
  for (const [id, pool] of reported) {
    const stored = known.pools.get(id);
    if (stored) verdict.pool(id, stored, pool);
  }
  for (const [id, pool] of known.pools)
    if (!reported.has(id)) verdict.change('pool', id, pool.operatingStatus, 'OFFLINE');
  verdict.change('load-balancer', known.id, known.operatingStatus, verdict.loadBalancer);
  return {
    kind: 'decided',
    isListenerCountRight,
    changes: verdict.changes,
    unknownWords: verdict.unknownWords,
  };
}

function hasExpectedListeners(report: StatusReport, known: KnownLoadBalancer): boolean {
  if (isPending(known.provisioningStatus) || !known.isEnabled) return true;
  const expected = [...known.listeners.values()].filter(
    (listener) => listener.isEnabled && !isSilentUdp(report, listener),
  );
  return expected.length === report.listeners.size;
}

/** The oldest amphorae say nothing of a UDP listener that has nobody to send to. */
function isSilentUdp(report: StatusReport, listener: KnownListener): boolean {
  return report.version === 0 && listener.protocol === 'UDP' && !listener.hasMember;
}

/** By pool id, since a pool behind several listeners is reported once for each. */
function reportedPools(report: StatusReport): ReadonlyMap<string, PoolReport> {
  const pools = new Map<string, PoolReport>();
  const isLastRight = report.version >= VERSION_LAST_POOL_WINS;
  for (const pool of report.pools)
    if (isLastRight || !pools.has(pool.poolId)) pools.set(pool.poolId, pool);
  return pools;
}

/** Gathers what changes; its load balancer only gets worse as more is looked at. */
class Verdict {
  readonly changes: StatusChange[] = [];
  readonly unknownWords: string[] = [];
  readonly #known: KnownLoadBalancer;
  loadBalancer: OperatingStatus;

  constructor(known: KnownLoadBalancer) {
    this.#known = known;
    this.loadBalancer = known.isEnabled ? 'ONLINE' : 'OFFLINE';
  }

  change(kind: StatusChange['kind'], id: string, from: string, to: OperatingStatus): void {
    if (from.toUpperCase() !== to) this.changes.push({ kind, id, from, to });
  }

  listener(id: string, stored: KnownListener, reported: ReadonlyMap<string, string>): void {
    const word = reported.get(id);
    const to = word === undefined ? this.#silentListener(stored) : this.#listenerStatus(word);
    if (to !== null) this.change('listener', id, stored.operatingStatus, to);
  }

  pool(id: string, stored: KnownPool, reported: PoolReport): void {
    const start = this.#poolStatus(reported.status);
    let to = start;
    for (const [memberId, from] of stored.members) {
      const member = this.#memberStatus(reported.members.get(memberId), from);
      if (member === 'ERROR' && to === 'ONLINE') to = 'DEGRADED';
      if (member !== null) this.change('member', memberId, from, member);
    }
    if (to === 'DEGRADED') this.#lower('DEGRADED');
    if (to !== null) this.change('pool', id, stored.operatingStatus, to);
  }

  /** A load balancer that is switched off runs no listener: they are off, not broken. */
  #silentListener(stored: KnownListener): OperatingStatus {
    const isMissing =
      stored.isEnabled &&
      this.#known.isEnabled &&
      this.#known.provisioningStatus.toUpperCase() === 'ACTIVE';
    return isMissing ? 'ERROR' : 'OFFLINE';
  }

  #listenerStatus(word: string): OperatingStatus | null {
    if (word === 'OPEN') return 'ONLINE';
    if (word !== 'FULL') return this.#unknown(`listener ${word}`);
    this.#lower('DEGRADED');
    return 'DEGRADED';
  }

  #poolStatus(word: string): OperatingStatus | null {
    if (word === 'UP') return 'ONLINE';
    if (word !== 'DOWN') return this.#unknown(`pool ${word}`);
    this.loadBalancer = 'ERROR';
    return 'ERROR';
  }

  #memberStatus(word: string | undefined, from: string): OperatingStatus | null {
    if (word === undefined) return from.toUpperCase() === 'NO_MONITOR' ? null : 'OFFLINE';
    if (word.startsWith('UP')) return 'ONLINE';
    if (word.startsWith('DOWN')) return 'ERROR';
    if (word === 'DRAIN') return 'DRAINING';
    if (word === 'MAINT') return 'OFFLINE';
    if (word === 'no check') return 'NO_MONITOR';
    // A transition: the old status stands until it is over.
    return word === 'RESTARTING' ? null : this.#unknown(`member ${word}`);
  }

  #lower(to: OperatingStatus): void {
    if (this.loadBalancer === 'ONLINE') this.loadBalancer = to;
  }

  #unknown(word: string): null {
    this.unknownWords.push(word);
    return null;
  }
}
