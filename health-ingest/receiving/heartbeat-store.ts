import { randomBytes } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';
import type { Clock } from '#core/ports/clock.ts';
import type { HeartbeatKeys } from '../exchange/heartbeat-keys.ts';
import type { RedisClock } from '../exchange/redis-clock.ts';
import { packStatistics, packStatuses } from '../exchange/report-codec.ts';
import { packSightings } from '../exchange/sighting-codec.ts';
import { RECORD_WORDS } from '../exchange/statistics-record.ts';
import type { Batch } from './batch.ts';

export interface HeartbeatStoreOptions {
  readonly redis: Redis;
  readonly keys: HeartbeatKeys;
  readonly redisClock: RedisClock;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** What a stream may hold, roughly. Of statistics it bounds what an outage of PostgreSQL costs; the others come again. */
const BYTES_MAX = { sightings: 64 * 2 ** 20, statuses: 128 * 2 ** 20, statistics: 256 * 2 ** 20 };
const ENTRIES_MIN = 1000;
const ENTRIES_MAX = 100_000;

/** Entries of a size that is read without holding up others. */
const REPORTS_PER_ENTRY_MAX = 500;
const RECORDS_PER_ENTRY_MAX = 2048;

type StreamName = keyof typeof BYTES_MAX;

/** A thread's way into Redis. */
export class HeartbeatStore {
  readonly #options: HeartbeatStoreOptions;
  readonly #thread = randomBytes(8).toString('hex');
  readonly #entryBytes: Record<StreamName, number> = { sightings: 1, statuses: 1, statistics: 1 };

  constructor(options: HeartbeatStoreOptions) {
    this.#options = options;
  }

  /**
   * Writes one batch in one round trip, and learns the time by the way: an entry's id is Redis' clock. Sent twice it does no
   * harm: sightings and statistics carry numbers by which they are told apart, and a status only repeats.
   */
  async append(batch: Batch): Promise<void> {
    const { redis, redisClock, clock } = this.#options;
    const askedAtMs = clock.monotonicMs();
    const pipeline = redis.pipeline();
    this.#addSightings(pipeline, batch, askedAtMs);
    this.#addReports(pipeline, batch);
    const results = (await pipeline.exec()) ?? [];
    const failure = results.find(([error]) => error !== null)?.[0];
    if (failure) throw failure;
    const redisMs = Number.parseInt(String(results[0]?.[1]), 10);
    redisClock.learn([redisMs / 1000, 0], askedAtMs);
  }

  #addSightings(pipeline: ChainableCommander, { sightings }: Batch, nowMs: number): void {
    for (const { number, ids, oldestAtMs } of sightings) {
      const ageMs = nowMs - oldestAtMs;
      const body = packSightings({ thread: this.#thread, number, ageMs, ids });
      this.#add(pipeline, 'sightings', String(number), body);
    }
  }

  #addReports(pipeline: ChainableCommander, batch: Batch): void {
    const { id, statuses, statistics } = batch;
    for (let at = 0; at < statuses.length; at += REPORTS_PER_ENTRY_MAX)
      this.#add(
        pipeline,
        'statuses',
        id,
        packStatuses(statuses.slice(at, at + REPORTS_PER_ENTRY_MAX)),
      );
    const words = RECORDS_PER_ENTRY_MAX * RECORD_WORDS;
    for (let at = 0; at < statistics.length; at += words)
      this.#add(
        pipeline,
        'statistics',
        `${id}.${at / words}`,
        packStatistics(statistics.subarray(at, at + words)),
      );
  }

  #add(pipeline: ChainableCommander, name: StreamName, id: string, body: Buffer): void {
    const mean = this.#entryBytes[name] * 0.99 + body.length * 0.01;
    this.#entryBytes[name] = mean;
    const entriesMax = Math.round(BYTES_MAX[name] / mean);
    const length = Math.min(Math.max(entriesMax, ENTRIES_MIN), ENTRIES_MAX);
    pipeline.xadd(this.#options.keys[name], 'MAXLEN', '~', length, '*', 'id', id, 'body', body);
  }
}
