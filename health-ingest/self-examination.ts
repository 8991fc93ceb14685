import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '#core/ports/clock.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { findStoppedIds } from './expected-amphorae.ts';
import type { HeartbeatKeys } from './heartbeat-store.ts';
import { type Glance, glance, type Silent, setMark } from './last-seen.ts';
import type { RedisClock } from './redis-clock.ts';

export interface ExaminationOptions {
  readonly database: Queryable;
  /** Its commands must time out sooner than `trustedLagMs`. */
  readonly redis: Redis;
  readonly redisClock: RedisClock;
  readonly keys: HeartbeatKeys;
  readonly clock: Clock;
  readonly heartbeatTimeoutMs: number;
  /** How far the threads that receive are behind. */
  receiveLagMs(): number;
  /** Datagrams that the kernel had no room for, since it began to count. */
  kernelDrops(): number;
}

/** What one look saw, and whether it saw clearly. */
export type Examined =
  | { readonly kind: 'unclear'; readonly problem: string }
  | {
      readonly kind: 'clear';
      readonly silent: readonly Silent[];
      /** Amphorae that the circuit breaker stopped. */
      readonly stoppedIds: readonly string[];
    };

interface Took {
  readonly lateMs: number;
  readonly redisMs: number;
  readonly databaseMs: number;
}

/** Nothing is wrong but that nothing is known yet. */
export const STARTING = 'just started';
const CLOCK_SHIFT_MS_MAX = 500;

/** Slower than this, Redis, PostgreSQL or the event loop may have made the living look silent. */
export function trustedLagMs(heartbeatTimeoutMs: number): number {
  return Math.max(500, heartbeatTimeoutMs / 4);
}

/** Looks at the heartbeats and at the one who looks, both at once: who sees badly sees silence. */
export class SelfExamination {
  readonly #options: ExaminationOptions;
  /** Tells a Redis that lost what it knew, or another one, from the one before. */
  #mark: string | null = null;
  #isConnectionLost = false;
  #kernelDrops = 0;

  constructor(options: ExaminationOptions) {
    this.#options = options;
    options.redis.on('close', () => {
      this.#isConnectionLost = true;
    });
  }

  /** @param lateMs how much later than planned this look comes */
  async look(lateMs: number): Promise<Examined> {
    const { clock, redis, keys, redisClock, heartbeatTimeoutMs, database } = this.#options;
    try {
      const startedAtMs = clock.monotonicMs();
      const seen = await glance(redis, keys, redisClock.nowMs() - heartbeatTimeoutMs);
      const redisMs = clock.monotonicMs() - startedAtMs;
      const shiftMs = redisClock.learn(seen.time, startedAtMs);
      const stoppedIds = await findStoppedIds(database);
      const databaseMs = clock.monotonicMs() - startedAtMs - redisMs;
      const problem =
        (await this.#problemOfMark(seen)) ??
        this.#problemOfTimes({ lateMs, redisMs, databaseMs }, shiftMs);
      if (problem !== null) return { kind: 'unclear', problem };
      return { kind: 'clear', silent: seen.silent, stoppedIds };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { kind: 'unclear', problem };
    }
  }

  async #problemOfMark({ mark }: Glance): Promise<string | null> {
    const { redis, keys } = this.#options;
    const wasLost = this.#isConnectionLost;
    const before = this.#mark;
    this.#isConnectionLost = false;
    this.#mark = mark ?? (await setMark(redis, keys, randomUUID()));
    if (before === null) return STARTING;
    if (mark === null) return 'Redis lost what it knew';
    if (mark !== before) return 'Redis is not the one it was';
    return wasLost ? 'the connection to Redis was lost' : null;
  }

  #problemOfTimes(took: Took, shiftMs: number): string | null {
    const boundMs = trustedLagMs(this.#options.heartbeatTimeoutMs);
    if (Math.abs(shiftMs) > CLOCK_SHIFT_MS_MAX) return "Redis' clock jumped";
    if (took.lateMs > boundMs) return 'the event loop was late';
    if (took.redisMs > boundMs) return 'Redis was slow';
    if (took.databaseMs > boundMs) return 'PostgreSQL was slow';
    if (this.#options.receiveLagMs() > boundMs) return 'receiving was late';
    const dropsBefore = this.#kernelDrops;
    this.#kernelDrops = this.#options.kernelDrops();
    return this.#kernelDrops > dropsBefore ? 'the kernel dropped heartbeats' : null;
  }
}
