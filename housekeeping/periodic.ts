import type { Database } from '#core/db/pool.ts';
import { isDatabaseAway } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { ifLeader } from './leader.ts';
import type { TaskMetrics } from './task-metrics.ts';
import { type Counts, noteRun, type Outcome } from './task-record.ts';

// Housekeepers that were started together must not all knock at the same moment for ever.
const JITTER = 0.1;

export interface PeriodicOptions {
  /** Names the task in logs and metrics, and the lock that lets one process at a time run it. */
  readonly name: string;
  readonly intervalMs: number;
  /** The signal asks to end early. */
  readonly run: (signal: AbortSignal) => Promise<Counts>;
  readonly database: Database;
  /** A pool of its own: those that hold a lock must not wait for each other's connections to do their work. */
  readonly locks: Database;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: TaskMetrics;
}

interface Ran {
  readonly outcome: Outcome;
  readonly counts: Counts;
  readonly error: string | null;
}

/** A task that runs again and again, in one process at a time. A run that fails is logged, and the next one tries again. */
export class Periodic implements Service {
  readonly name: string;
  readonly #options: PeriodicOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: PeriodicOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#repeat();
  }

  /** Resolves once a run under way has ended its batch. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Never throws. */
  async runOnce(): Promise<Outcome> {
    const { name, clock, metrics } = this.#options;
    const startedMs = clock.monotonicMs();
    const ran = await this.#attempt();
    const tookMs = clock.monotonicMs() - startedMs;
    metrics.ended(name, ran.outcome, clock.nowMs(), tookMs);
    if (ran.outcome !== 'elsewhere') await this.#note({ ...ran, tookMs });
    return ran.outcome;
  }

  async #attempt(): Promise<Ran> {
    const { name, run, locks, logger, metrics } = this.#options;
    try {
      const led = await ifLeader(locks, name, () => run(this.#stopping.signal));
      if (led.kind === 'elsewhere') return { outcome: 'elsewhere', counts: {}, error: null };
      const counts = led.result;
      metrics.counted(name, counts);
      const isWorthALine = Object.values(counts).some((count) => count > 0);
      if (isWorthALine) logger.info({ task: name, ...counts }, 'task done');
      return { outcome: 'done', counts, error: null };
    } catch (error) {
      const sentence = isDatabaseAway(error) ? 'PostgreSQL is away' : 'task failed';
      logger.error({ error, task: name }, `${sentence}; trying again in the next interval`);
      return { outcome: 'failed', counts: {}, error: String(error) };
    }
  }

  /** For whoever asks the database, whichever process it was; the log and the metrics have it too. */
  async #note({
    outcome,
    counts,
    error,
    tookMs,
  }: Ran & { readonly tookMs: number }): Promise<void> {
    const { name, database, logger } = this.#options;
    await noteRun(database, { task: name, outcome, counts, error, tookMs }).catch(
      (cause: unknown) =>
        logger.debug({ error: cause, task: name }, 'could not note how the task ended'),
    );
  }

  async #repeat(): Promise<void> {
    const { intervalMs, random, clock } = this.#options;
    const { signal } = this.#stopping;
    let waitMs = intervalMs * JITTER * random();
    while (!signal.aborted) {
      await clock.sleep(waitMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.runOnce();
      waitMs = intervalMs * (1 - JITTER + 2 * JITTER * random());
    }
  }
}
