import { randomUUID } from 'node:crypto';
import type { Clock } from '#core/ports/clock.ts';
import type { StatusReport } from '../exchange/status-report.ts';
import type { ReportCause } from './amphora-table.ts';
import type { Batch } from './batch.ts';
import { SightingQueue } from './sighting-queue.ts';
import { StatisticsBuffer } from './statistics-buffer.ts';

/** What may find no room, the first to be turned away first. */
export type BatchPart = 'refresh' | 'first-sight' | 'statistics' | 'status' | 'sighting';

export interface BatcherOptions {
  /** Milliseconds after its first entry at which a batch leaves. */
  readonly delayMsMax: number;
  /** Milliseconds between attempts while Redis is away. */
  readonly retryDelayMs: number;
  readonly sightingsMax: number;
  readonly reportsMax: number;
  readonly statisticsMax: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Rejects while Redis is away; is then tried again with the same batch. */
  append(batch: Batch): Promise<void>;
  dropped(part: BatchPart, count: number): void;
  /** These reports did not arrive and are not sent again: by then they would be old, and the next heartbeats say it anew. */
  returned(reports: readonly StatusReport[]): void;
  failed(error: unknown): void;
}

/** Milliseconds after which what waits is late: reports that can wait are left to later heartbeats then. */
const LATE_MS = 1000;
/** Of the room for reports, what those that are no change may fill. */
const SHARE_OF: Readonly<Record<ReportCause, number>> = {
  refresh: 0.25,
  'first-sight': 0.5,
  asked: 0.5,
  change: 1,
};
const PART_OF: Readonly<Record<ReportCause, BatchPart>> = {
  refresh: 'refresh',
  'first-sight': 'first-sight',
  asked: 'first-sight',
  change: 'status',
};

/**
 * Gathers what leaves a thread. One batch is on its way at a time, sent again until Redis has it; meanwhile the next one
 * grows. An amphora waits once however often it is heard, a listener's increments are added up: a long wait makes what
 * waits old, not large.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #sightings: SightingQueue;
  readonly #statistics: StatisticsBuffer;
  #reports = new Map<string, StatusReport>();
  #nextNumber = 0;
  /** When the first entry came that Redis does not have yet: of the batch on its way, and of the one that grows. */
  #sendingFromMs: number | null = null;
  #gatheringFromMs: number | null = null;
  #hasFailed = false;
  #running: Promise<void> | null = null;
  readonly #stopping = new AbortController();

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#sightings = new SightingQueue(options.sightingsMax);
    this.#statistics = new StatisticsBuffer(options.statisticsMax);
  }

  get waiting(): number {
    return this.#sightings.size + this.#reports.size + this.#statistics.size;
  }

  /** Milliseconds that the oldest entry has waited; 0: none waits. */
  get lagMs(): number {
    const fromMs = this.#sendingFromMs ?? this.#gatheringFromMs;
    return fromMs === null ? 0 : this.#options.clock.monotonicMs() - fromMs;
  }

  /** The amphora is alive. @see SightingQueue.add */
  seen(slot: number, id: Uint32Array, nowMs: number): void {
    if (!this.#sightings.add(slot, id, nowMs)) {
      this.missed();
      this.#options.dropped('sighting', 1);
    }
    if (this.#running === null) this.#begin();
  }

  /** Sightings are missing. Their readers see a number left out, and know that they do not know all. */
  missed(): void {
    this.#nextNumber++;
  }

  /**
   * @param reportOf called when there is room
   * @returns whether it will arrive. While Redis is behind it is false also for changes, which are kept all the same:
   * the next heartbeat brings a fresher one in its place
   */
  report(cause: ReportCause, reportOf: () => StatusReport): boolean {
    const { reportsMax } = this.#options;
    const isLate = this.#hasFailed || this.lagMs > LATE_MS;
    const room = isLate && cause !== 'change' ? 0 : reportsMax * SHARE_OF[cause];
    if (this.#reports.size >= room) {
      this.#options.dropped(PART_OF[cause], 1);
      return false;
    }
    const report = reportOf();
    this.#reports.set(report.amphoraId, report);
    if (this.#running === null) this.#begin();
    return !isLate;
  }

  /** @returns whether there was room. @see StatisticsBuffer.add */
  count(
    amphora: Uint32Array,
    isDelta: boolean,
    listeners: Uint32Array,
    counters: Float64Array,
    listener: number,
  ): boolean {
    const isTaken = this.#statistics.add(amphora, isDelta, listeners, counters, listener);
    return this.#counted(isTaken);
  }

  /** @returns whether there was room. @see StatisticsBuffer.addRecord */
  countRecord(record: Uint32Array): boolean {
    return this.#counted(this.#statistics.addRecord(record));
  }

  /** Sends what waits; gives it up after one failed attempt each, since the daemon is ending. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #counted(isTaken: boolean): boolean {
    if (!isTaken) this.#options.dropped('statistics', 1);
    if (this.#running === null) this.#begin();
    return isTaken;
  }

  #begin(): void {
    this.#gatheringFromMs ??= this.#options.clock.monotonicMs();
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  async #run(): Promise<void> {
    await this.#pause(this.#options.delayMsMax);
    while (this.waiting > 0) {
      await this.#send(this.#take());
      // What came meanwhile has waited for the answer; that was delay enough, unless Redis answers at once.
      if (this.waiting > 0) await this.#pause(this.#options.delayMsMax);
    }
  }

  #take(): Batch {
    this.#sendingFromMs = this.#gatheringFromMs;
    this.#gatheringFromMs = this.#options.clock.monotonicMs();
    const statuses = [...this.#reports.values()];
    this.#reports = new Map();
    return {
      id: randomUUID(),
      sightings: this.#sightings.take().map((group) => ({ ...group, number: this.#nextNumber++ })),
      statuses,
      statistics: this.#statistics.take(),
    };
  }

  async #send(taken: Batch): Promise<void> {
    let batch = taken;
    for (;;) {
      try {
        await this.#options.append(batch);
        break;
      } catch (error) {
        this.#hasFailed = true;
        this.#options.failed(error);
        this.#options.returned(batch.statuses);
        batch = { ...batch, statuses: [] };
        if (this.#stopping.signal.aborted) break;
      }
      await this.#pause(this.#options.retryDelayMs);
    }
    this.#hasFailed = false;
    this.#sendingFromMs = null;
    if (this.waiting === 0) this.#gatheringFromMs = null;
  }

  async #pause(durationMs: number): Promise<void> {
    const { signal } = this.#stopping;
    if (!signal.aborted) await this.#options.clock.sleep(durationMs, signal).catch(() => undefined);
  }
}
