import type { Service } from '#core/service/daemon.ts';

/** Long after a load balancer is set up: where many agents share a machine, it has better things to do then. */
const QUIET_MS = 60_000;
const IDLE_MS = 60 * 60_000;
/** One finds what is unused, the next ones gather what is left into fewer pages. */
const ROUNDS = 8;
const ROUND_PAUSE_MS = 1000;

/**
 * Gives back what requests left, once none came for a while; V8 itself would keep it in case of more. A round
 * takes some 40 ms, when nobody waits. Without `gc` (see `start`) it does nothing.
 */
export class SpareMemory implements Service {
  readonly name = 'spare memory';
  #timer: NodeJS.Timeout | null = null;

  async start(): Promise<void> {
    this.giveBackSoon();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  giveBackSoon(): void {
    this.#schedule(QUIET_MS, ROUNDS);
  }

  #schedule(delayMs: number, rounds: number): void {
    if (globalThis.gc === undefined) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      if (rounds > 1) this.#schedule(ROUND_PAUSE_MS, rounds - 1);
      else this.#schedule(IDLE_MS, ROUNDS);
    }, delayMs).unref();
  }
}
