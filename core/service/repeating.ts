import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Service } from './daemon.ts';

export interface RepeatingOptions {
  readonly name: string;
  /**
   * What is done again and again, never two at a time. The signal asks to end early.
   * @returns milliseconds until the next round where that is not the interval
   */
  readonly round: (signal: AbortSignal) => Promise<number | undefined>;
  readonly intervalMs: number;
  /** Milliseconds before the first round; the interval when absent. */
  readonly firstWaitMs?: number;
  /** Said when a round fails, once until one succeeds: the next is tried after the interval. */
  readonly complaint: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Work that is done round by round until the daemon stops. A round that fails ends nothing. */
export class Repeating implements Service {
  readonly name: string;
  readonly #options: RepeatingOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: RepeatingOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  /** Resolves once the round under way is over. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs, firstWaitMs = intervalMs } = this.#options;
    const { signal } = this.#stopping;
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      await clock.sleep(waitMs, signal).catch(() => undefined);
      if (!signal.aborted) waitMs = (await this.#round(signal)) ?? intervalMs;
    }
  }

  async #round(signal: AbortSignal): Promise<number | undefined> {
    const { round, complaint, logger } = this.#options;
    try {
      const waitMs = await round(signal);
      this.#isFailing = false;
      return waitMs;
    } catch (error) {
      if (!this.#isFailing) logger.warn({ error }, complaint);
      this.#isFailing = true;
      return undefined;
    }
  }
}
