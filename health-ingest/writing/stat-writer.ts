import type { Logger } from '#core/ports/logger.ts';
import type { StatisticsBatch, StatisticsDriver } from '#core/ports/statistics.ts';
import type { StreamEntry } from '../exchange/redis-stream.ts';
import { unpackStatistics } from '../exchange/report-codec.ts';
import type { SideStatistics } from './side-statistics.ts';

export interface StatWriterOptions {
  /** The one that decides whether a batch is done: it is exact. Null: the others are all. */
  readonly exact: StatisticsDriver | null;
  readonly others: readonly Pick<SideStatistics, 'offer'>[];
  readonly logger: Logger;
}

/** Entries remembered as told to the others, while the exact driver is tried again with them. */
const TOLD_MAX = 10_000;

/** Takes batches of statistics to all drivers. What a batch could not be added by the exact one, it comes again. */
export class StatWriter {
  readonly #options: StatWriterOptions;
  readonly #told = new Set<string>();

  constructor(options: StatWriterOptions) {
    this.#options = options;
  }

  async write(entries: readonly StreamEntry[]): Promise<void> {
    const { exact, others } = this.#options;
    const batches = entries.flatMap((entry) => this.#batchOf(entry));
    const untold = batches.filter(({ id }) => !this.#told.has(id));
    if (others.length > 0 && untold.length > 0) {
      this.#remember(untold);
      for (const other of others) other.offer(untold);
    }
    if (exact && batches.length > 0) await exact.updateStatistics(batches);
  }

  #batchOf(entry: StreamEntry): readonly StatisticsBatch[] {
    try {
      return [{ id: entry.batchId, reports: unpackStatistics(entry.body) }];
    } catch (error) {
      this.#options.logger.error(
        { error, batch: entry.batchId },
        'a batch of statistics cannot be read',
      );
      return [];
    }
  }

  #remember(batches: readonly StatisticsBatch[]): void {
    for (const { id } of batches) this.#told.add(id);
    for (const id of this.#told) {
      if (this.#told.size <= TOLD_MAX) return;
      this.#told.delete(id);
    }
  }
}
