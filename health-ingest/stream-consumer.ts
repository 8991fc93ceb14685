import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';

export interface StreamEntry {
  readonly entryId: string;
  readonly batchId: string;
  readonly body: Buffer;
}

export interface StreamConsumerOptions {
  readonly name: string;
  /** Its own connection: it waits on it. Its command timeout must be longer than the wait. */
  readonly redis: Redis;
  readonly key: string;
  /** This process among those that share the work. */
  readonly consumer: string;
  readonly logger: Logger;
  /** Does the work of some entries. Throws to have them again: they are given up after a few attempts, unless `isAway`. */
  handle(entries: readonly StreamEntry[]): Promise<void>;
  /** Whether an error says that the place to write to is away, so that waiting is right however long it takes. */
  isAway(error: unknown): boolean;
  gaveUp(entries: number): void;
}

const GROUP = 'writers';
const ENTRIES_MAX = 50;
const WAIT_MS = 500;
const RETRY_DELAY_MS = 500;
const ATTEMPTS_MAX = 3;
/** An entry this long with one consumer is taken over by another: that one is dead, or lost the answer. */
const TAKE_OVER_AFTER_MS = 10_000;
const TAKE_OVER_INTERVAL_MS = 5000;

/** Reads a stream together with the other managers' consumers; what is done is acknowledged and removed. */
export class StreamConsumer implements Service {
  readonly name: string;
  readonly #options: StreamConsumerOptions;
  #loop: Promise<void> | null = null;
  readonly #stopping = new AbortController();
  #isGroupKnown = false;
  #tookOverAtMs = 0;
  #isLost = false;

  constructor(options: StreamConsumerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  /** Finishes what is under way and what still lies in the stream, as far as one more look finds it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    if (!this.#isGroupKnown) return;
    await this.#step(() => this.#read('>', null));
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const isDone = await this.#step(() => this.#next());
      if (!isDone) await this.#pause();
    }
  }

  /** @returns false when Redis was away */
  async #step(read: () => Promise<readonly StreamEntry[]>): Promise<boolean> {
    try {
      const entries = await read();
      if (this.#isLost) this.#options.logger.info({ part: this.name }, 'reading from Redis again');
      this.#isLost = false;
      if (entries.length > 0) await this.#work(entries);
      return true;
    } catch (error) {
      this.#isGroupKnown = false;
      if (!this.#isLost)
        this.#options.logger.warn(
          { error, part: this.name },
          'cannot read from Redis, trying again',
        );
      this.#isLost = true;
      return false;
    }
  }

  async #next(): Promise<readonly StreamEntry[]> {
    if (!this.#isGroupKnown) {
      await this.#makeGroup();
      const unfinished = await this.#read('0', null);
      if (unfinished.length > 0) return unfinished;
      this.#isGroupKnown = true;
    }
    const now = performance.now();
    if (now - this.#tookOverAtMs >= TAKE_OVER_INTERVAL_MS) {
      this.#tookOverAtMs = now;
      const abandoned = await this.#takeOver();
      if (abandoned.length > 0) return abandoned;
    }
    return this.#read('>', WAIT_MS);
  }

  async #makeGroup(): Promise<void> {
    const { redis, key } = this.#options;
    try {
      await redis.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  }

  async #read(from: '>' | '0', waitMs: number | null): Promise<readonly StreamEntry[]> {
    const { redis, key, consumer } = this.#options;
    const wait = waitMs === null ? [] : ['BLOCK', waitMs];
    const found = (await redis.callBuffer('XREADGROUP', [
      'GROUP',
      GROUP,
      consumer,
      'COUNT',
      ENTRIES_MAX,
      ...wait,
      'STREAMS',
      key,
      from,
    ])) as [key: Buffer, entries: RawEntry[]][] | null;
    return this.#entriesOf(found?.[0]?.[1] ?? []);
  }

  async #takeOver(): Promise<readonly StreamEntry[]> {
    const { redis, key, consumer } = this.#options;
    const answer = (await redis.callBuffer('XAUTOCLAIM', [
      key,
      GROUP,
      consumer,
      TAKE_OVER_AFTER_MS,
      '0',
      'COUNT',
      ENTRIES_MAX,
    ])) as [cursor: Buffer, entries: (RawEntry | null)[]];
    return this.#entriesOf(answer[1].filter((entry) => entry !== null));
  }

  /** An entry trimmed from the stream while it waited is listed without its fields: nothing is left to do for it. */
  async #entriesOf(raw: readonly RawEntry[]): Promise<readonly StreamEntry[]> {
    const gone = raw.filter(([, fields]) => fields === null).map(([id]) => id.toString());
    if (gone.length > 0) {
      await this.#options.redis.xack(this.#options.key, GROUP, ...gone);
      this.#options.gaveUp(gone.length);
    }
    return raw.flatMap(([id, fields]) => {
      if (fields === null) return [];
      const [, batchId, , body] = fields;
      return [
        {
          entryId: id.toString(),
          batchId: batchId?.toString() ?? '',
          body: body ?? Buffer.alloc(0),
        },
      ];
    });
  }

  async #work(entries: readonly StreamEntry[]): Promise<void> {
    if (!(await this.#handled(entries))) return;
    const { redis, key } = this.#options;
    const ids = entries.map(({ entryId }) => entryId);
    // One group reads the stream, so what it has done nobody needs any more.
    await redis
      .multi()
      .xack(key, GROUP, ...ids)
      .xdel(key, ...ids)
      .exec();
  }

  /** @returns false when the daemon stops before the work could be done: it stays with this consumer for the next start */
  async #handled(entries: readonly StreamEntry[]): Promise<boolean> {
    const { logger } = this.#options;
    const about = { part: this.name, entries: entries.length };
    let isTold = false;
    for (let refusals = 0; ; ) {
      try {
        await this.#options.handle(entries);
        return true;
      } catch (error) {
        if (!this.#options.isAway(error)) refusals++;
        if (refusals >= ATTEMPTS_MAX) {
          logger.error({ ...about, error }, 'gave up writing what Redis held');
          this.#options.gaveUp(entries.length);
          return true;
        }
        if (!isTold) logger.warn({ ...about, error }, 'could not write, trying again');
        isTold = true;
      }
      if (this.#stopping.signal.aborted) return false;
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await delay(RETRY_DELAY_MS, undefined, { signal: this.#stopping.signal }).catch(
      () => undefined,
    );
  }
}

type RawEntry = [id: Buffer, fields: Buffer[] | null];
