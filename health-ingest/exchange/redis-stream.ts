import type { Redis } from 'ioredis';

export interface StreamEntry {
  readonly entryId: string;
  readonly batchId: string;
  readonly body: Buffer;
}

export interface Found {
  readonly entries: readonly StreamEntry[];
  /** Entries trimmed from the stream before anybody had read them to the end. */
  readonly trimmed: number;
}

export interface RedisStreamOptions {
  /** Its own connection: it waits on it. Its command timeout must be longer than the wait. */
  readonly redis: Redis;
  readonly key: string;
  /** This process among those that share the work. */
  readonly consumer: string;
}

const GROUP = 'writers';
export const ENTRIES_PER_READ_MAX = 50;
/** An entry this long with one consumer is taken over by another: that one is dead, or lost the answer. */
const TAKE_OVER_AFTER_MS = 10_000;

/** The commands by which several consumers share one stream. */
export class RedisStream {
  readonly #options: RedisStreamOptions;

  constructor(options: RedisStreamOptions) {
    this.#options = options;
  }

  /** @returns whether the group was not there: nobody read so far, or Redis lost its data */
  async makeGroup(): Promise<boolean> {
    const { redis, key } = this.#options;
    try {
      await redis.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM');
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('BUSYGROUP')) return false;
      throw error;
    }
  }

  /**
   * @param from `>`: what nobody has read; `0`: what this consumer has read and not acknowledged
   * @param waitMs for the first entry; null: not at all
   */
  async read(from: '>' | '0', waitMs: number | null): Promise<Found> {
    const { redis, key, consumer } = this.#options;
    const wait = waitMs === null ? [] : ['BLOCK', waitMs];
    const found = (await redis.callBuffer('XREADGROUP', [
      'GROUP',
      GROUP,
      consumer,
      'COUNT',
      ENTRIES_PER_READ_MAX,
      ...wait,
      'STREAMS',
      key,
      from,
    ])) as [key: Buffer, entries: RawEntry[]][] | null;
    return this.#found(found?.[0]?.[1] ?? []);
  }

  /** Entries of a consumer that has had them for long. */
  async takeOver(): Promise<Found> {
    const { redis, key, consumer } = this.#options;
    const answer = (await redis.callBuffer('XAUTOCLAIM', [
      key,
      GROUP,
      consumer,
      TAKE_OVER_AFTER_MS,
      '0',
      'COUNT',
      ENTRIES_PER_READ_MAX,
    ])) as [cursor: Buffer, entries: (RawEntry | null)[]];
    return this.#found(answer[1].filter((entry) => entry !== null));
  }

  /** One group reads the stream, so what it has done nobody needs any more. */
  async acknowledge(entries: readonly StreamEntry[]): Promise<void> {
    const { redis, key } = this.#options;
    const ids = entries.map(({ entryId }) => entryId);
    await redis
      .multi()
      .xack(key, GROUP, ...ids)
      .xdel(key, ...ids)
      .exec();
  }

  /** An entry trimmed from the stream while it waited is listed without its fields: nothing is left to do for it. */
  async #found(raw: readonly RawEntry[]): Promise<Found> {
    const gone = raw.filter(([, fields]) => fields === null).map(([id]) => id.toString());
    if (gone.length > 0) await this.#options.redis.xack(this.#options.key, GROUP, ...gone);
    const entries = raw.flatMap(([id, fields]) => {
      if (fields === null) return [];
      const [, batchId, , body] = fields;
      const entryId = id.toString();
      return [{ entryId, batchId: batchId?.toString() ?? '', body: body ?? Buffer.alloc(0) }];
    });
    return { entries, trimmed: gone.length };
  }
}

type RawEntry = [id: Buffer, fields: Buffer[] | null];
