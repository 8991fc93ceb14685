import type { Redis } from 'ioredis';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { HeartbeatKeys } from '../exchange/heartbeat-keys.ts';
import type { RedisClock } from '../exchange/redis-clock.ts';
import { type Sightings, unpackSightings } from '../exchange/sighting-codec.ts';

/** A thread's batch as it lies in the stream. */
export interface Sighted extends Sightings {
  /** Milliseconds since it was put there, by Redis' clock, which may have been set in between; not below 0. */
  readonly agoMs: number;
}

/** What has come into the stream since the last read. */
export interface SightingRead {
  readonly batches: readonly Sighted[];
  /** Something that was in the stream, or should be, cannot be read any more: it was emptied, trimmed, or is another one. */
  readonly isLost: boolean;
  /** More waits than one read takes. */
  readonly isBehind: boolean;
  /** Amphorae that report, but not the listeners that they should carry. */
  readonly mismatched: readonly string[];
}

/** Where a manager learns which amphorae were seen by all managers. */
export interface SightingSource {
  /** @throws when it cannot be read; the next read goes on where the last one ended */
  read(): Promise<SightingRead>;
  /** Nothing is expected of these any more: they are not to be named as mismatched again. */
  forgetMismatched(amphoraIds: readonly string[]): Promise<void>;
}

export interface RedisSightingOptions {
  /** A connection whose commands time out; see `trustedLagMs`. */
  readonly redis: Redis;
  readonly redisClock: RedisClock;
  readonly keys: Pick<HeartbeatKeys, 'sightings' | 'mismatch'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

type Entry = readonly [id: Buffer, fields: readonly Buffer[]];

const START = '0-0';
const ENTRIES_PER_COMMAND = 100;
const COMMANDS_PER_READ_MAX = 50;
const MISMATCHED_MAX = 10_000;

/**
 * Reads the stream `{…}:sightings` to its end. It always asks for the last entry it knows once more: a Redis that does
 * not have it has been emptied, has trimmed it, has lost its tail in a failover, or is another one, and in each of these
 * cases sightings may be missing.
 */
export class RedisSightingSource implements SightingSource {
  readonly #options: RedisSightingOptions;
  /** The last entry read; null: the stream's end is to be found first. */
  #lastId: string | null = null;

  constructor(options: RedisSightingOptions) {
    this.#options = options;
  }

  async read(): Promise<SightingRead> {
    const mismatched = await this.#mismatched();
    this.#lastId ??= await this.#findEnd();
    const batches: Sighted[] = [];
    for (let command = 1; command <= COMMANDS_PER_READ_MAX; command++) {
      const found = await this.#readOnce(this.#lastId);
      if (found.isLost) {
        this.#lastId = await this.#findEnd();
        return { batches, isLost: true, isBehind: false, mismatched };
      }
      const isReadable = found.entries.every((entry) => this.#take(entry, found.nowMs, batches));
      if (!isReadable) return { batches, isLost: true, isBehind: false, mismatched };
      if (found.isEnd) return { batches, isLost: false, isBehind: false, mismatched };
    }
    return { batches, isLost: false, isBehind: true, mismatched };
  }

  async forgetMismatched(amphoraIds: readonly string[]): Promise<void> {
    const { redis, keys } = this.#options;
    if (amphoraIds.length > 0) await redis.zrem(keys.mismatch, ...amphoraIds);
  }

  async #mismatched(): Promise<readonly string[]> {
    const { redis, keys } = this.#options;
    return redis.zrange(keys.mismatch, 0, String(MISMATCHED_MAX - 1));
  }

  async #findEnd(): Promise<string> {
    const { redis, keys } = this.#options;
    const newest = await redis.xrevrange(keys.sightings, '+', '-', 'COUNT', 1);
    return newest[0]?.[0] ?? START;
  }

  async #readOnce(
    from: string,
  ): Promise<{ entries: readonly Entry[]; nowMs: number; isLost: boolean; isEnd: boolean }> {
    const { redis, redisClock, keys, clock } = this.#options;
    const askedAtMs = clock.monotonicMs();
    const results =
      (await redis
        .pipeline()
        .time()
        .xrangeBuffer(keys.sightings, from, '+', 'COUNT', ENTRIES_PER_COMMAND)
        .exec()) ?? [];
    const [time, range] = results.map(([error, value]) => {
      if (error) throw error;
      return value;
    }) as [[unknown, unknown], Entry[]];
    redisClock.learn(time, askedAtMs);
    const nowMs = Number(time[0]) * 1000 + Number(time[1]) / 1000;
    const isEnd = range.length < ENTRIES_PER_COMMAND;
    if (from === START) return { entries: range, nowMs, isLost: false, isEnd };
    const isLost = range[0]?.[0].toString() !== from;
    return { entries: range.slice(1), nowMs, isLost, isEnd };
  }

  /** @returns false: it cannot be read, and is passed over */
  #take([id, fields]: Entry, nowMs: number, into: Sighted[]): boolean {
    const entryId = id.toString();
    this.#lastId = entryId;
    try {
      const agoMs = Math.max(0, nowMs - Number.parseInt(entryId, 10));
      into.push({ ...unpackSightings(bodyOf(fields)), agoMs });
      return true;
    } catch (error) {
      this.#options.logger.error({ error, entry: entryId }, 'a batch of sightings cannot be read');
      return false;
    }
  }
}

function bodyOf(fields: readonly Buffer[]): Buffer {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1];
    if (value && fields[index]?.toString() === 'body') return value;
  }
  throw new Error('the entry has no field "body"');
}
