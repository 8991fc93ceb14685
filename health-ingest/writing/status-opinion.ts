import type { OperatingStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { PoolReport } from '#core/heartbeat/message.ts';
import type { StatusReport } from '../exchange/status-report.ts';

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

/** What one amphora's report makes of one object; `to` is null when it says nothing that counts. */
export interface Opinion {
  readonly kind: 'listener' | 'pool' | 'member' | 'load-balancer';
  readonly id: string;
  /** As stored. */
  readonly from: string;
  readonly to: OperatingStatus | null;
}

/** From this version on the last report of a pool counts, before it the first listener's. */
const VERSION_LAST_POOL_WINS = 2;

/** @returns what a report says of all that its load balancer has, in the order to write it, and words that mean nothing to us */
export function opinionsOf(
  report: StatusReport,
  known: KnownLoadBalancer,
): { readonly opinions: readonly Opinion[]; readonly unknownWords: readonly string[] } {
  const reading = new Reading(known);
  for (const [id, listener] of known.listeners) reading.listener(id, listener, report.listeners);
  const reported = reportedPools(report);
  for (const [id, pool] of reported) {
    const stored = known.pools.get(id);
    if (stored) reading.pool(id, stored, pool);
  }
  for (const [id, pool] of known.pools)
    if (!reported.has(id)) reading.say('pool', id, pool.operatingStatus, 'OFFLINE');
  reading.say('load-balancer', known.id, known.operatingStatus, reading.loadBalancer);
  return reading;
}

/** By pool id, since a pool behind several listeners is reported once for each. */
function reportedPools(report: StatusReport): ReadonlyMap<string, PoolReport> {
  const pools = new Map<string, PoolReport>();
  const isLastRight = report.version >= VERSION_LAST_POOL_WINS;
  for (const pool of report.pools)
    if (isLastRight || !pools.has(pool.poolId)) pools.set(pool.poolId, pool);
  return pools;
}

/** Gathers opinions; its load balancer only gets worse as more is looked at. */
class Reading {
  readonly opinions: Opinion[] = [];
  readonly unknownWords: string[] = [];
  readonly #known: KnownLoadBalancer;
  loadBalancer: OperatingStatus;

  constructor(known: KnownLoadBalancer) {
    this.#known = known;
    this.loadBalancer = known.isEnabled ? 'ONLINE' : 'OFFLINE';
  }

  say(kind: Opinion['kind'], id: string, from: string, to: OperatingStatus | null): void {
    this.opinions.push({ kind, id, from, to });
  }

  listener(id: string, stored: KnownListener, reported: ReadonlyMap<string, string>): void {
    const word = reported.get(id);
    const to = word === undefined ? this.#silentListener(stored) : this.#listenerStatus(word);
    this.say('listener', id, stored.operatingStatus, to);
  }

  pool(id: string, stored: KnownPool, reported: PoolReport): void {
    const start = this.#poolStatus(reported.status);
    let to = start;
    for (const [memberId, from] of stored.members) {
      const member = this.#memberStatus(reported.members.get(memberId), from);
      if (member === 'ERROR' && to === 'ONLINE') to = 'DEGRADED';
      this.say('member', memberId, from, member);
    }
    if (to === 'DEGRADED') this.#lower('DEGRADED');
    this.say('pool', id, stored.operatingStatus, to);
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
