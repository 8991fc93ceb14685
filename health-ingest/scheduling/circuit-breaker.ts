import type { ZoneCount } from './census.ts';

export interface BreakerOptions {
  /** Octavia's failover_threshold: stale amphorae at which none is failed over; 0: no such limit. */
  readonly threshold: number;
  /** The same in percent of the expected amphorae of a zone, or of all outside of stopped zones; 0: no such limit. */
  readonly percent: number;
  /** Fewer than these never reach the percentage. */
  readonly floor: number;
  /** Milliseconds that a scope must have been below its limit before failovers go on there. */
  readonly holdMs: number;
}

/** `opened`: failovers stop from now on. `closed`: they go on. */
export interface BreakerChange {
  readonly kind: 'opened' | 'closed';
  readonly scope: string;
  readonly counted: number;
  readonly expected: number;
}

/** Everything, as opposed to one availability zone. */
export const EVERYWHERE = 'everywhere';

/**
 * So many at once are not dead: the network between them and us is. The percentage counts all that are late, not only
 * those whose timeout is over: a split silences everybody at once, but timeouts end one after the other, and the first
 * must not be failed over just before it shows that it was not alone. When a split heals it is the other way round, so
 * a scope stays stopped for one heartbeat timeout after its count went down.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  /** Scope → monotonic time at which it may be let go. */
  readonly #heldUntilMs = new Map<string, number>();

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** Takes the counts of one look. @returns what has changed */
  look(zones: ReadonlyMap<string, ZoneCount>, nowMs: number): readonly BreakerChange[] {
    const changes: BreakerChange[] = [];
    const rest: ZoneCount = { expected: 0, late: 0, stale: 0 };
    let stale = 0;
    for (const [zone, count] of zones) {
      stale += count.stale;
      const change = this.#hold(zoneScope(zone), this.#isOverPercent(count), count, nowMs);
      if (change) changes.push(change);
      if (this.#heldUntilMs.has(zoneScope(zone))) continue;
      rest.expected += count.expected;
      rest.late += count.late;
    }
    const { threshold } = this.#options;
    const isOverThreshold = threshold > 0 && stale >= threshold;
    const counted = isOverThreshold ? { ...rest, late: stale } : rest;
    const isOver = isOverThreshold || this.#isOverPercent(rest);
    const change = this.#hold(EVERYWHERE, isOver, counted, nowMs);
    return change ? [...changes, change] : changes;
  }

  /** Whether failovers are stopped in a zone, or everywhere. */
  isOpen(zone: string): boolean {
    return this.#heldUntilMs.has(zoneScope(zone)) || this.#heldUntilMs.has(EVERYWHERE);
  }

  get openScopes(): readonly string[] {
    return [...this.#heldUntilMs.keys()];
  }

  #isOverPercent({ late, expected }: ZoneCount): boolean {
    const { percent, floor } = this.#options;
    return percent > 0 && late >= floor && late * 100 >= percent * expected;
  }

  #hold(scope: string, isOver: boolean, count: ZoneCount, nowMs: number): BreakerChange | null {
    const about = { scope, counted: count.late, expected: count.expected };
    const heldUntilMs = this.#heldUntilMs.get(scope);
    if (isOver) {
      this.#heldUntilMs.set(scope, nowMs + this.#options.holdMs);
      return heldUntilMs === undefined ? { kind: 'opened', ...about } : null;
    }
    if (heldUntilMs === undefined || nowMs < heldUntilMs) return null;
    this.#heldUntilMs.delete(scope);
    return { kind: 'closed', ...about };
  }
}

function zoneScope(zone: string): string {
  return `zone ${zone}`;
}
