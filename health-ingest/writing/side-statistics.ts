import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#core/ports/logger.ts';
import type { StatisticsBatch, StatisticsDriver } from '#core/ports/statistics.ts';
import type { Service } from '#core/service/daemon.ts';

export interface SideStatisticsOptions {
  readonly driver: StatisticsDriver;
  readonly logger: Logger;
  /** Milliseconds a driver may take for what it was given before it counts as hanging. */
  readonly timeoutMs: number;
  /** Reports that wait for it at most; what comes beyond is lost to this driver. */
  readonly reportsMax: number;
  lost(driver: string, reports: number): void;
}

/**
 * Hands statistics to a driver that need not be exact, beside the one that is: whatever it does, slow, hanging or throwing,
 * nobody waits for it.
 */
export class SideStatistics implements Service {
  readonly name: string;
  readonly #options: SideStatisticsOptions;
  #waiting: StatisticsBatch[] = [];
  #waitingReports = 0;
  #work: Promise<void> | null = null;
  #isHanging = false;
  #isFailing = false;

  constructor(options: SideStatisticsOptions) {
    this.name = `statistics driver ${options.driver.name}`;
    this.#options = options;
  }

  async start(): Promise<void> {}

  /** Waits for what was handed over, as long as a driver may take. */
  async stop(): Promise<void> {
    if (!this.#isHanging) await this.#work;
  }

  offer(batches: readonly StatisticsBatch[]): void {
    for (const batch of batches) {
      if (
        this.#isHanging ||
        this.#waitingReports + batch.reports.length > this.#options.reportsMax
      ) {
        this.#lose(batch.reports.length);
        continue;
      }
      this.#waiting.push(batch);
      this.#waitingReports += batch.reports.length;
    }
    // With nothing to do it would be done before it is noted as under way, and stay noted for ever.
    if (this.#waiting.length > 0) this.#work ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batches = this.#waiting;
      this.#waiting = [];
      this.#waitingReports = 0;
      await this.#hand(batches);
    }
    this.#work = null;
  }

  /** A call that hangs cannot be ended: nothing more is handed over until it has ended by itself. */
  async #hand(batches: readonly StatisticsBatch[]): Promise<void> {
    const reports = batches.reduce((total, batch) => total + batch.reports.length, 0);
    const { driver, logger, timeoutMs } = this.#options;
    const timer = new AbortController();
    const call = this.#call(batches, reports);
    const isDone = await Promise.race([
      call.then(() => true),
      delay(timeoutMs, false, { signal: timer.signal }).catch(() => false),
    ]);
    timer.abort();
    if (isDone) return;
    this.#isHanging = true;
    logger.warn(
      { driver: driver.name, reports },
      'a statistics driver hangs; it gets no more until it is done',
    );
    this.#loseWaiting();
    await call;
    this.#isHanging = false;
    logger.info({ driver: driver.name }, 'a statistics driver that hung is done');
  }

  async #call(batches: readonly StatisticsBatch[], reports: number): Promise<void> {
    const { driver, logger } = this.#options;
    try {
      await driver.updateStatistics(batches);
      this.#isFailing = false;
    } catch (error) {
      this.#lose(reports);
      if (!this.#isFailing)
        logger.warn({ error, driver: driver.name, reports }, 'a statistics driver failed');
      this.#isFailing = true;
    }
  }

  #loseWaiting(): void {
    this.#lose(this.#waitingReports);
    this.#waiting = [];
    this.#waitingReports = 0;
  }

  #lose(reports: number): void {
    if (reports > 0) this.#options.lost(this.#options.driver.name, reports);
  }
}
