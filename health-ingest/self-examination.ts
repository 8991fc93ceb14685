import type { Problem } from './self-doubt.ts';

/** What this process can tell of itself. */
export interface Vitals {
  /** Milliseconds that the slowest receiving thread is behind: its event loop, or what it has not got into Redis. */
  receiveLagMs(): number;
  /** Datagrams that the kernel had no room for, since it began to count. */
  kernelDrops(): number;
  /** Sightings that the threads had no room for while Redis was away, since they started. */
  sightingsDropped(): number;
  /** Connections to Redis lost so far, the scheduler's own. */
  redisLosses(): number;
}

/** How long the parts of one look took. */
export interface Took {
  /** How much later than planned it came. */
  readonly lateMs: number;
  readonly redisMs: number;
}

/** Slower than this, Redis, PostgreSQL or the event loop may have made the living look silent. */
export function trustedLagMs(heartbeatTimeoutMs: number): number {
  return Math.max(500, heartbeatTimeoutMs / 4);
}

/** Looks at the one who looks: who sees badly sees silence. */
export class SelfExamination {
  readonly #vitals: Vitals;
  readonly #boundMs: number;
  #kernelDrops = 0;
  #sightingsDropped = 0;
  #redisLosses = 0;

  constructor(vitals: Vitals, heartbeatTimeoutMs: number) {
    this.#vitals = vitals;
    this.#boundMs = trustedLagMs(heartbeatTimeoutMs);
  }

  /** @returns the gravest of what was wrong since the last look, or null */
  look({ lateMs, redisMs }: Took): Problem | null {
    const problems: readonly (Problem | null)[] = [
      this.#ofCounts(),
      over('the event loop was late', lateMs, this.#boundMs),
      over('Redis was slow', redisMs, this.#boundMs),
      over('receiving was late', this.#vitals.receiveLagMs(), this.#boundMs),
    ];
    return problems.find((problem) => problem !== null) ?? null;
  }

  /** All counts are taken each time, so that each loss is doubted once. */
  #ofCounts(): Problem | null {
    const losses = this.#vitals.redisLosses();
    const drops = this.#vitals.kernelDrops();
    const dropped = this.#vitals.sightingsDropped();
    const problems: readonly (Problem | null)[] = [
      over('the connection to Redis was lost', losses, this.#redisLosses),
      over('the kernel dropped heartbeats', drops, this.#kernelDrops),
      over('sightings were dropped', dropped, this.#sightingsDropped),
    ];
    this.#redisLosses = losses;
    this.#kernelDrops = drops;
    this.#sightingsDropped = dropped;
    return problems.find((problem) => problem !== null) ?? null;
  }
}

function over(reason: Problem['reason'], value: number, bound: number): Problem | null {
  return value > bound
    ? { reason, detail: `${Math.round(value)} is more than ${Math.round(bound)}` }
    : null;
}
