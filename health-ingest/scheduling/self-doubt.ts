/** What may have made the living look silent, as it is counted and logged. */
export type DoubtReason =
  | 'just started'
  | 'amphorae are still being read'
  | 'the event loop was late'
  | 'Redis failed'
  | 'Redis was slow'
  | 'the connection to Redis was lost'
  | 'Redis lost sightings'
  | 'sightings are missing'
  | 'sightings are behind'
  | 'PostgreSQL failed'
  | 'PostgreSQL was slow'
  | 'receiving was late'
  | 'there is no room for all amphorae';

export interface Problem {
  readonly reason: DoubtReason;
  /** For the log. */
  readonly detail?: string;
}

/**
 * Whether this process may trust what it sees. Anything that could make the living look silent (a database away, a slow
 * Redis, a late event loop) takes the trust away, and it comes back only after all has been well for a whole heartbeat
 * timeout: by then every living amphora has reported again.
 */
export class SelfDoubt {
  readonly #graceMs: number;
  #wellSinceMs: number | null = null;
  #problem: Problem | null = { reason: 'just started' };
  #wasEverSure = false;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** What was wrong last; null while there is no doubt. */
  get problem(): Problem | null {
    return this.#problem;
  }

  get wasEverSure(): boolean {
    return this.#wasEverSure;
  }

  /**
   * Notes one look at ourselves.
   * @param nowMs monotonic
   * @returns whether a verdict may be given now
   */
  look(problem: Problem | null, nowMs: number): boolean {
    if (problem !== null) {
      this.#problem = problem;
      this.#wellSinceMs = null;
      return false;
    }
    this.#wellSinceMs ??= nowMs;
    if (nowMs - this.#wellSinceMs < this.#graceMs) return false;
    this.#problem = null;
    this.#wasEverSure = true;
    return true;
  }
}
