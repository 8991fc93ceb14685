import type { Clock } from '#core/ports/clock.ts';

const INTERVAL_MS = 20;

/** How late a thread's timers are: as late as that, its socket is not read and its batches do not leave. */
export class LoopWatch {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #timer: NodeJS.Timeout | null = null;
  #dueAtMs = 0;
  #worstMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  start(): void {
    if (this.#timer) return;
    this.#dueAtMs = this.#clock.monotonicMs() + INTERVAL_MS;
    this.#timer = setInterval(() => this.#note(), INTERVAL_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** @returns milliseconds of the worst delay since the last call */
  takeWorstMs(): number {
    const worstMs = this.#worstMs;
    this.#worstMs = 0;
    return worstMs;
  }

  #note(): void {
    const now = this.#clock.monotonicMs();
    this.#worstMs = Math.max(this.#worstMs, now - this.#dueAtMs);
    this.#dueAtMs = now + INTERVAL_MS;
  }
}
