import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';

export interface SweeperOptions {
  /** Each removes what is old of one table. */
  readonly sweeps: readonly (() => Promise<unknown>)[];
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sweeps out of our own tables what every health manager has read: one table after the other, one round at a time. */
export class Sweeper implements Service {
  readonly name = 'sweeper';
  readonly #options: SweeperOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  /** Resolves once the sweep under way is over. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs, sweeps, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(intervalMs, signal).catch(() => undefined);
      for (const sweep of signal.aborted ? [] : sweeps)
        await sweep().catch((error: unknown) =>
          logger.warn({ error }, 'could not sweep what every health manager has read'),
        );
    }
  }
}
