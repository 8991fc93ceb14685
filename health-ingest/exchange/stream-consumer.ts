import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import {
  type Found,
  RedisStream,
  type RedisStreamOptions,
  type StreamEntry,
} from './redis-stream.ts';

export interface StreamConsumerOptions extends RedisStreamOptions {
  readonly name: string;
  readonly logger: Logger;
  /** What is taken at once when more waits than is done; the more at once, the cheaper each. */
  readonly bytesMax: number;
  /** Milliseconds of rest for each millisecond of work: 1 leaves the database half of the time to others. */
  readonly restRatio: number;
  /** Milliseconds of rest after any work, in which more gathers. */
  readonly restMsMin: number;
  /** Does the work of some entries. Throws to have them again: they are given up after a few attempts, unless `isAway`. */
  handle(entries: readonly StreamEntry[]): Promise<void>;
  /** Whether an error says that the place to write to is away, so that waiting is right however long it takes. */
  isAway(error: unknown): boolean;
  /** These could not be handled. */
  gaveUp(entries: readonly StreamEntry[]): void;
  /** Entries are gone that nobody has handled: trimmed, or lost with Redis' data. How many is not always known. */
  lost(entries: number): void;
}

const WAIT_MS = 500;
const RETRY_DELAY_MS = 500;
const ATTEMPTS_MAX = 3;
const TAKE_OVER_INTERVAL_MS = 5000;
const REST_MS_MAX = 30_000;

/** Reads a stream together with the other managers' consumers; what is done is acknowledged and removed. */
export class StreamConsumer implements Service {
  readonly name: string;
  readonly #options: StreamConsumerOptions;
  readonly #stream: RedisStream;
  #loop: Promise<void> | null = null;
  readonly #stopping = new AbortController();
  /** Whether what this consumer had read before it was started, or lost Redis, is done. */
  #isCaughtUp = false;
  #hadGroup = false;
  #tookOverAtMs = 0;
  #isLost = false;

  constructor(options: StreamConsumerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#stream = new RedisStream(options);
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  /** Finishes what is under way and what still lies in the stream, as far as one more look finds it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    if (this.#isCaughtUp) await this.#step(() => this.#readOn(null));
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const workMs = await this.#step(() => this.#next());
      if (workMs === null) await this.#pause(RETRY_DELAY_MS);
      else if (workMs > 0) await this.#pause(this.#restMs(workMs));
    }
  }

  #restMs(workMs: number): number {
    const { restRatio, restMsMin } = this.#options;
    return Math.min(Math.max(workMs * restRatio, restMsMin), REST_MS_MAX);
  }

  /** @returns milliseconds that the work took; null when Redis was away */
  async #step(read: () => Promise<readonly StreamEntry[]>): Promise<number | null> {
    const { logger } = this.#options;
    try {
      const entries = await read();
      if (this.#isLost) logger.info({ part: this.name }, 'reading from Redis again');
      this.#isLost = false;
      if (entries.length === 0) return 0;
      const startedAtMs = performance.now();
      const isDone = await this.#handled(entries);
      if (isDone) await this.#stream.acknowledge(entries);
      return performance.now() - startedAtMs;
    } catch (error) {
      this.#isCaughtUp = false;
      if (!this.#isLost)
        logger.warn({ error, part: this.name }, 'cannot read from Redis, trying again');
      this.#isLost = true;
      return null;
    }
  }

  async #next(): Promise<readonly StreamEntry[]> {
    if (!this.#isCaughtUp) {
      const isNew = await this.#stream.makeGroup();
      if (isNew && this.#hadGroup) this.#options.lost(1);
      this.#hadGroup = true;
      const unfinished = this.#taken(await this.#stream.read('0', null));
      if (unfinished.length > 0) return unfinished;
      this.#isCaughtUp = true;
    }
    const now = performance.now();
    if (now - this.#tookOverAtMs >= TAKE_OVER_INTERVAL_MS) {
      this.#tookOverAtMs = now;
      const abandoned = this.#taken(await this.#stream.takeOver());
      if (abandoned.length > 0) return abandoned;
    }
    return this.#readOn(WAIT_MS);
  }

  /** Takes all that waits, as far as memory allows: so what comes faster than it is written makes for larger statements. */
  async #readOn(waitMs: number | null): Promise<readonly StreamEntry[]> {
    const entries: StreamEntry[] = [];
    let bytes = 0;
    for (let wait = waitMs; bytes < this.#options.bytesMax; wait = null) {
      const some = this.#taken(await this.#stream.read('>', wait));
      entries.push(...some);
      for (const { body } of some) bytes += body.length;
      if (some.length === 0) break;
    }
    return entries;
  }

  #taken({ entries, trimmed }: Found): readonly StreamEntry[] {
    if (trimmed > 0) this.#options.lost(trimmed);
    return entries;
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
        if (refusals >= ATTEMPTS_MAX) return this.#handledApart(entries, error);
        if (!isTold) logger.warn({ ...about, error }, 'could not write, trying again');
        isTold = true;
      }
      if (this.#stopping.signal.aborted) return false;
      await this.#pause(RETRY_DELAY_MS);
    }
  }

  /** One entry that nobody can write must not take others with it. */
  async #handledApart(entries: readonly StreamEntry[], error: unknown): Promise<boolean> {
    if (entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      for (const part of [entries.slice(0, half), entries.slice(half)])
        if (!(await this.#handled(part))) return false;
      return true;
    }
    this.#options.logger.error(
      { part: this.name, entry: entries[0]?.entryId, error },
      'gave up writing what Redis held',
    );
    this.#options.gaveUp(entries);
    return true;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
