import type { Clock } from '#core/ports/clock.ts';

/** A round trip longer than this tells too little of when Redis looked at its clock. */
const ROUND_TRIP_MS_MAX = 100;

/**
 * The time as Redis has it, kept with our own steady clock. Receivers and schedulers of several hosts compare times, so
 * they must agree on one clock, and setting a host's clock must not make amphorae look silent.
 */
export class RedisClock {
  readonly #clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  #offsetMs: number;
  #isSynchronized = false;

  constructor(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  nowMs(): number {
    return this.#clock.monotonicMs() + this.#offsetMs;
  }

  /**
   * Takes an answer of TIME.
   * @param askedAtMs monotonic
   * @returns by how many milliseconds Redis' clock went another way than ours since the last answer
   */
  learn([seconds, microseconds]: readonly [unknown, unknown], askedAtMs: number): number {
    const answeredAtMs = this.#clock.monotonicMs();
    const roundTripMs = answeredAtMs - askedAtMs;
    if (roundTripMs > ROUND_TRIP_MS_MAX && this.#isSynchronized) return 0;
    const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    if (!Number.isFinite(redisMs)) return 0;
    const offsetMs = redisMs + roundTripMs / 2 - answeredAtMs;
    const shiftMs = this.#isSynchronized ? offsetMs - this.#offsetMs : 0;
    this.#offsetMs = offsetMs;
    this.#isSynchronized = true;
    return shiftMs;
  }
}
