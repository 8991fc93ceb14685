/**
 * Whether this process may trust what it sees. Anything that could make the living look silent (a database away, a slow
 * Redis, a late event loop) takes the trust away, and it comes back only after all has been well for a whole heartbeat
 * timeout: by then every living amphora has reported again.
 */
export class SelfDoubt {
  readonly #graceMs: number;
  #wellSinceMs: number | null = null;
  #problem: string | null = 'just started';

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** What was wrong last; null while there is no doubt. */
  get problem(): string | null {
    return this.#problem;
  }

  /**
   * Notes one look at ourselves.
   * @param nowMs monotonic
   * @returns whether a verdict may be given now
   */
  look(problem: string | null, nowMs: number): boolean {
    if (problem !== null) {
      this.#problem = problem;
      this.#wellSinceMs = null;
      return false;
    }
    this.#wellSinceMs ??= nowMs;
    if (nowMs - this.#wellSinceMs < this.#graceMs) return false;
    this.#problem = null;
    return true;
  }
}
