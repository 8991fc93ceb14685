import { EventEmitter, once } from 'node:events';
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';

/** Calls that may hang before nothing new is begun: each holds a socket, memory, or a process. */
const HUNG_MAX = 100;
const CAME_BACK = 'came back';

export interface HungCallsOptions {
  readonly clock: Clock;
  readonly hungMax?: number;
}

/**
 * What steps were waiting for when they were given up, and what has not come back. Nobody can end a call that hangs,
 * and it may still act; but it is counted, named in the log, and there are never many.
 */
export class HungCalls {
  readonly #options: HungCallsOptions;
  readonly #returns = new EventEmitter().setMaxListeners(0);
  #count = 0;

  constructor(options: HungCallsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** For /readyz: null while steps are begun. */
  get problem(): string | null {
    if (this.#hasRoom()) return null;
    return `${this.#count} calls hang that were given up; no step begins before one comes back`;
  }

  /** Resolves when a call may begin. @throws when the signal fires first */
  async untilRoom(signal: AbortSignal): Promise<void> {
    while (!this.#hasRoom()) await once(this.#returns, CAME_BACK, { signal });
  }

  /** @param logger says which step of which flow it is */
  add(call: Promise<unknown>, logger: Logger): void {
    const { clock } = this.#options;
    const sinceMs = clock.monotonicMs();
    this.#count += 1;
    logger.warn({ hung_calls: this.#count }, 'gave up a call that hangs; it may still act');
    const cameBack = (): void => {
      this.#count -= 1;
      const afterMs = Math.round(clock.monotonicMs() - sinceMs);
      logger.warn(
        { hung_calls: this.#count, after_ms: afterMs },
        'a call that was given up is over',
      );
      this.#returns.emit(CAME_BACK);
    };
    void call.then(cameBack, cameBack);
  }

  #hasRoom(): boolean {
    return this.#count < (this.#options.hungMax ?? HUNG_MAX);
  }
}

export function registerHungCalls(registry: Registry, hungCalls: HungCalls): void {
  const calls: Gauge = new Gauge({
    name: 'octavia_worker_hung_calls',
    help: 'Calls of drivers that were given up and have not come back',
    registers: [registry],
    collect: () => calls.set(hungCalls.count),
  });
}
