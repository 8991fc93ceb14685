import type { Problem } from './self-doubt.ts';

/** What this process can tell of itself. Threads that miss heartbeats say so to all managers, by the batch number that they leave out. */
export interface Vitals {
  /** Milliseconds that the slowest receiving thread is behind: its event loop, or what it has not got into Redis. */
  receiveLagMs(): number;
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
  #redisLosses = 0;

  constructor(vitals: Vitals, heartbeatTimeoutMs: number) {
    this.#vitals = vitals;
    this.#boundMs = trustedLagMs(heartbeatTimeoutMs);
  }

  /** @returns the gravest of what was wrong since the last look, or null */
  look({ lateMs, redisMs }: Took): Problem | null {
    const losses = this.#vitals.redisLosses();
    const lossesBefore = this.#redisLosses;
    this.#redisLosses = losses;
    const problems: readonly (Problem | null)[] = [
      over('the connection to Redis was lost', losses, lossesBefore),
      over('the event loop was late', lateMs, this.#boundMs),
      over('Redis was slow', redisMs, this.#boundMs),
      over('receiving was late', this.#vitals.receiveLagMs(), this.#boundMs),
    ];
    return problems.find((problem) => problem !== null) ?? null;
  }
}

function over(reason: Problem['reason'], value: number, bound: number): Problem | null {
  return value > bound
    ? { reason, detail: `${Math.round(value)} is more than ${Math.round(bound)}` }
    : null;
}
