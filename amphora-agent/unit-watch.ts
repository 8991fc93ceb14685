import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import type { WorkQueue } from './apply/work-queue.ts';
import { isRunning } from './process-state.ts';
import type { ServiceManager, Unit } from './service-manager.ts';
import type { StartedUnits } from './started-units.ts';

export interface UnitWatchOptions {
  readonly started: StartedUnits;
  readonly services: ServiceManager;
  /** The unit of a name; null for a name that is none of ours. */
  unitOf(name: string): Unit | null;
  /** Statuses may be new. */
  afterStart(): void;
  /** It died and cannot be started. */
  afterFailure(unit: Unit): Promise<void>;
  readonly changes: WorkQueue;
  readonly logger: Logger;
}

const INTERVAL_MS = 1000;
const BACKOFF_MAX_MS = 30_000;

interface Retry {
  readonly failures: number;
  readonly notBeforeMs: number;
}

/** In place of systemd's "restart always": starts again what should run and does not. */
export class UnitWatch implements Service {
  readonly name = 'unit watch';
  readonly #options: UnitWatchOptions;
  readonly #retries = new Map<string, Retry>();
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;

  constructor(options: UnitWatchOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => void this.#startRound(), INTERVAL_MS);
    // The first round is waited for: the first heartbeat after a reboot then tells of all that serves.
    await this.#startRound();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#round;
  }

  /** One at a time; never rejects. */
  #startRound(): Promise<void> {
    this.#round ??= this.#startMissing()
      .catch((error: unknown) => this.#options.logger.error({ error }, 'units cannot be watched'))
      .finally(() => {
        this.#round = null;
      });
    return this.#round;
  }

  async #startMissing(): Promise<void> {
    for (const name of await this.#options.started.names()) {
      const unit = this.#options.unitOf(name);
      const isDue = performance.now() >= (this.#retries.get(name)?.notBeforeMs ?? 0);
      if (unit !== null && isDue && !(await isRunning(unit))) await this.#startAgain(unit);
    }
  }

  async #startAgain(unit: Unit): Promise<void> {
    const { changes, services, started, logger } = this.#options;
    try {
      // A request may have stopped it while this waited for its turn: then it is no longer wanted.
      await changes.run(async () => {
        if ((await started.names()).has(unit.name)) await services.start(unit);
      });
      this.#retries.delete(unit.name);
      logger.warn({ unit: unit.name }, 'was not running, started');
      this.#options.afterStart();
    } catch (error) {
      const failures = (this.#retries.get(unit.name)?.failures ?? 0) + 1;
      const waitMs = Math.min(BACKOFF_MAX_MS, INTERVAL_MS * 2 ** Math.min(failures, 10));
      this.#retries.set(unit.name, { failures, notBeforeMs: performance.now() + waitMs });
      logger.error({ error, unit: unit.name, retry_in_ms: waitMs }, 'does not start');
      await this.#options.afterFailure(unit);
    }
  }
}
