import type { Clock } from '#core/ports/clock.ts';
import {
  type Batch,
  combined,
  emptyBatch,
  isEmpty,
  type StatisticsReport,
  type StatusReport,
  statisticsKey,
} from './batch.ts';

export type BatchPart = 'last-seen' | 'status' | 'statistics';

export interface BatcherOptions {
  /** Milliseconds after its first entry at which a batch leaves. */
  readonly delayMsMax: number;
  /** Entries of one part at which it leaves at once. */
  readonly sizeMax: number;
  /** Entries of one part that may wait while Redis is away; newer ones of amphorae not among them are dropped. */
  readonly waitingMax: number;
  /** Milliseconds between attempts while Redis is away. */
  readonly retryDelayMs: number;
  readonly clock: Clock;
  append(batch: Batch): Promise<void>;
  dropped(part: BatchPart): void;
  failed(error: unknown): void;
}

/**
 * Gathers what leaves a thread. One batch is on its way at a time, sent again until Redis has it; meanwhile the next
 * one grows. A part holds one entry an amphora or listener, so a long wait makes it old, not large.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  #gathering = emptyBatch();
  /** When the first entry came that Redis does not have yet: of the batch on its way, and of the one that grows. */
  #sendingFromMs: number | null = null;
  #gatheringFromMs: number | null = null;
  #sending: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStopping = false;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  get waiting(): number {
    const { lastSeenMs, statuses, statistics } = this.#gathering;
    return lastSeenMs.size + statuses.size + statistics.size;
  }

  /** Milliseconds that the oldest entry has waited; 0: none waits. */
  get lagMs(): number {
    const fromMs = this.#sendingFromMs ?? this.#gatheringFromMs;
    return fromMs === null ? 0 : this.#options.clock.monotonicMs() - fromMs;
  }

  seen(amphoraId: string, atMs: number): void {
    this.#put('last-seen', this.#gathering.lastSeenMs, amphoraId, atMs);
  }

  report(report: StatusReport): void {
    this.#put('status', this.#gathering.statuses, report.amphoraId, report);
  }

  count(report: StatisticsReport): void {
    const key = statisticsKey(report);
    const { statistics } = this.#gathering;
    this.#put('statistics', statistics, key, combined(statistics.get(key), report));
  }

  /** Sends what waits; gives it up after one failed attempt each, since the daemon is ending. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#sending;
    this.#flush();
    await this.#sending;
  }

  #put<Value>(part: BatchPart, entries: Map<string, Value>, key: string, value: Value): void {
    if (entries.size >= this.#options.waitingMax && !entries.has(key))
      return this.#options.dropped(part);
    entries.set(key, value);
    this.#gatheringFromMs ??= this.#options.clock.monotonicMs();
    if (entries.size >= this.#options.sizeMax) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#options.delayMsMax);
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#sending || isEmpty(this.#gathering)) return;
    const batch = this.#gathering;
    this.#gathering = emptyBatch();
    this.#sendingFromMs = this.#gatheringFromMs;
    this.#gatheringFromMs = null;
    this.#sending = this.#send(batch).finally(() => {
      this.#sending = null;
      this.#sendingFromMs = null;
      if (!isEmpty(this.#gathering)) this.#timer ??= setTimeout(() => this.#flush(), 0);
    });
  }

  async #send(batch: Batch): Promise<void> {
    for (;;) {
      try {
        return await this.#options.append(batch);
      } catch (error) {
        this.#options.failed(error);
        if (this.#isStopping) return;
      }
      await new Promise((resolve) => setTimeout(resolve, this.#options.retryDelayMs));
    }
  }
}
