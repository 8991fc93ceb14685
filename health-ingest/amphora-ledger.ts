import type { Redis } from 'ioredis';
import type { Database } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { findExpectedIds, moveAmphorae } from './expected-amphorae.ts';
import type { HeartbeatKeys } from './heartbeat-store.ts';
import { expectReports, pullBack, seenSince } from './last-seen.ts';
import type { RedisClock } from './redis-clock.ts';

export interface LedgerOptions {
  readonly database: Database;
  readonly redis: Redis;
  readonly redisClock: RedisClock;
  readonly keys: HeartbeatKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatTimeoutMs: number;
  /** Whether an amphora that never reported is stale too. */
  readonly isSilenceSuspect: boolean;
  expected(count: number): void;
}

const INTERVAL_MS = 1000;
/** It reads all amphorae, so it rests this many times as long as it took, however many they are. */
const REST_FACTOR = 20;

/** Brings what Redis knows of amphorae in line with what the database expects of them. */
export class AmphoraLedger {
  readonly #options: LedgerOptions;
  #dueAtMs = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Enters those that should report and never did, if it is time to. */
  async keep(): Promise<void> {
    const { clock, redis, redisClock, keys, database, logger } = this.#options;
    const startedAtMs = clock.monotonicMs();
    if (startedAtMs < this.#dueAtMs) return;
    const expected = await findExpectedIds(database);
    this.#options.expected(expected.length);
    if (this.#options.isSilenceSuspect)
      await expectReports(redis, keys, expected, redisClock.nowMs());
    const ahead = await pullBack(redis, keys, redisClock.nowMs());
    if (ahead > 0)
      logger.warn({ amphorae: ahead }, "last-seen times were ahead of Redis' clock, set to now");
    const tookMs = clock.monotonicMs() - startedAtMs;
    this.#dueAtMs = startedAtMs + Math.max(INTERVAL_MS, tookMs * REST_FACTOR);
  }

  /** Those that the circuit breaker stopped and that report again are as good as any. */
  async resume(stoppedIds: readonly string[]): Promise<void> {
    if (stoppedIds.length === 0) return;
    const { redis, redisClock, keys, database, logger, heartbeatTimeoutMs } = this.#options;
    const sinceMs = redisClock.nowMs() - heartbeatTimeoutMs;
    const alive = await seenSince(redis, keys, stoppedIds, sinceMs);
    const moved = await moveAmphorae(database, alive, 'FAILOVER_STOPPED', 'ALLOCATED');
    for (const id of moved)
      logger.info({ amphora_id: id }, 'reports again, no longer FAILOVER_STOPPED');
  }
}
