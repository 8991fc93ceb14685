import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Database } from '#core/db/pool.ts';
import { FAILOVERABLE } from '#core/domain/status.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import {
  type ExpectedAmphora,
  findExpected,
  findExpectedIds,
  findStoppedIds,
  moveAmphorae,
} from './expected-amphorae.ts';
import { type FailoverRequested, requestFailover } from './failover-request.ts';
import type { HeartbeatKeys } from './heartbeat-store.ts';
import {
  expectReports,
  forget,
  type Glance,
  glance,
  pullBack,
  type Silent,
  seenSince,
  setMark,
} from './last-seen.ts';
import type { RedisClock } from './redis-clock.ts';
import { SelfDoubt } from './self-doubt.ts';

export interface FailoverSchedulerOptions {
  readonly database: Database;
  /** Its commands must time out sooner than `trustedLagMs`. */
  readonly redis: Redis;
  readonly redisClock: RedisClock;
  readonly keys: HeartbeatKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatTimeoutMs: number;
  readonly tickMs: number;
  /** Stale amphorae at which none is failed over; 0: no such limit. */
  readonly threshold: number;
  /** Whether an amphora that never reported is stale too. */
  readonly isSilenceSuspect: boolean;
  /** How far the threads that receive are behind. */
  receiveLagMs(): number;
  readonly figures: SchedulerFigures;
}

/** What the scheduler counts. */
export interface SchedulerFigures {
  stale(count: number): void;
  expected(count: number): void;
  sure(isSure: boolean): void;
  doubted(problem: string): void;
  verdict(outcome: FailoverRequested['kind'] | 'stopped' | 'failed'): void;
  /** Milliseconds from the end of the timeout to the verdict. */
  detectionLag(durationMs: number): void;
}

interface Stale {
  readonly silent: Silent;
  readonly amphora: ExpectedAmphora;
}

const LEDGER_INTERVAL_MS = 1000;
/** The ledger reads all amphorae: it may take this share of the time, however many they are. */
const LEDGER_TIME_SHARE = 20;
const VERDICTS_PER_TICK_MAX = 100;
const CLOCK_SHIFT_MS_MAX = 500;
const RETRY_AFTER_FAILURE_MS = 1000;

/** Slower than this, Redis, Postgres or the event loop may have made the living look silent. */
export function trustedLagMs(heartbeatTimeoutMs: number): number {
  return Math.max(500, heartbeatTimeoutMs / 4);
}

/** Finds amphorae that went silent and asks for their failover, as one of any number of managers. */
export class FailoverScheduler implements Service {
  readonly name = 'failover scheduler';
  readonly #options: FailoverSchedulerOptions;
  readonly #doubt: SelfDoubt;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;
  /** Stale at the last look too: a verdict needs two, so that a stall between Redis and us is over. */
  #suspects: ReadonlySet<string> = new Set();
  /** Monotonic times before which an amphora whose failover could not be asked for is not tried again. */
  readonly #notBeforeMs = new Map<string, number>();
  #ledgerDueAtMs = 0;
  #mark: string | null = null;
  #lastProblem: string | null = null;
  #lostRedis: string | null = null;

  constructor(options: FailoverSchedulerOptions) {
    this.#options = options;
    this.#doubt = new SelfDoubt(options.heartbeatTimeoutMs);
  }

  /** What keeps it from giving verdicts; null while nothing does. */
  get problem(): string | null {
    return this.#doubt.problem;
  }

  async start(): Promise<void> {
    if (this.#loop) return;
    const lost = (): void => {
      this.#lostRedis = 'the connection to Redis was lost';
    };
    this.#options.redis.on('close', lost);
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, tickMs } = this.#options;
    const { signal } = this.#stopping;
    let lateMs = 0;
    while (!signal.aborted) {
      await this.#tick(lateMs);
      const dueAtMs = clock.monotonicMs() + tickMs;
      await clock.sleep(tickMs, signal).catch(() => undefined);
      lateMs = clock.monotonicMs() - dueAtMs;
    }
  }

  /** One look. Whatever fails in it is a reason for doubt, never for a verdict. */
  async #tick(lateMs: number): Promise<void> {
    const { clock } = this.#options;
    let problem: string | null;
    let seen: Glance | null = null;
    let stopped: readonly string[] = [];
    try {
      const startedAtMs = clock.monotonicMs();
      seen = await this.#look();
      const redisMs = clock.monotonicMs() - startedAtMs;
      stopped = await findStoppedIds(this.#options.database);
      const databaseMs = clock.monotonicMs() - startedAtMs - redisMs;
      problem = this.#problemIn(seen, startedAtMs, { lateMs, redisMs, databaseMs });
      if (seen.mark === null) await setMark(this.#options.redis, this.#options.keys, randomUUID());
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    const isSure = this.#doubt.look(problem, clock.monotonicMs());
    this.#tellDoubt(problem, isSure);
    if (problem !== null || seen === null) {
      this.#suspects = new Set();
      return;
    }
    try {
      await this.#keepLedger();
      await this.#resume(stopped);
      await this.#judge(seen.silent, isSure);
    } catch (error) {
      this.#doubt.look('a look could not be finished', clock.monotonicMs());
      this.#options.logger.warn({ error }, 'looking for stale amphorae failed, starting over');
    }
  }

  #look(): Promise<Glance> {
    const { redis, keys, heartbeatTimeoutMs } = this.#options;
    return glance(redis, keys, this.#nowMs() - heartbeatTimeoutMs);
  }

  #nowMs(): number {
    return this.#options.redisClock.nowMs();
  }

  #problemIn(
    seen: Glance,
    askedAtMs: number,
    took: { readonly lateMs: number; readonly redisMs: number; readonly databaseMs: number },
  ): string | null {
    const boundMs = trustedLagMs(this.#options.heartbeatTimeoutMs);
    const shiftMs = this.#options.redisClock.learn(seen.time, askedAtMs);
    const lost = this.#lostRedis;
    this.#lostRedis = null;
    if (lost !== null) return lost;
    if (seen.mark === null) return this.#marked(null, 'Redis lost what it knew');
    if (this.#mark === null) return this.#marked(seen.mark, 'just started, or Redis did');
    if (seen.mark !== this.#mark) return this.#marked(seen.mark, 'Redis is not the one it was');
    if (Math.abs(shiftMs) > CLOCK_SHIFT_MS_MAX) return "Redis' clock jumped";
    if (took.lateMs > boundMs) return 'the event loop was late';
    if (took.redisMs > boundMs) return 'Redis was slow';
    if (took.databaseMs > boundMs) return 'PostgreSQL was slow';
    if (this.#options.receiveLagMs() > boundMs) return 'receiving was late';
    return null;
  }

  #marked(mark: string | null, problem: string): string {
    this.#mark = mark;
    this.#ledgerDueAtMs = 0;
    return problem;
  }

  #tellDoubt(problem: string | null, isSure: boolean): void {
    const { figures, logger, heartbeatTimeoutMs } = this.#options;
    figures.sure(isSure);
    if (problem !== null) figures.doubted(problem);
    if (problem === this.#lastProblem) return;
    this.#lastProblem = problem;
    if (problem !== null)
      logger.warn(
        { problem, grace_ms: heartbeatTimeoutMs },
        'no failovers until all has been well for one heartbeat timeout',
      );
  }

  /** Keeps those in Redis from whom reports are expected. */
  async #keepLedger(): Promise<void> {
    const { clock, redis, keys, database, figures, isSilenceSuspect, logger } = this.#options;
    const startedAtMs = clock.monotonicMs();
    if (startedAtMs < this.#ledgerDueAtMs) return;
    const expected = await findExpectedIds(database);
    figures.expected(expected.length);
    if (isSilenceSuspect) await expectReports(redis, keys, expected, this.#nowMs());
    const ahead = await pullBack(redis, keys, this.#nowMs());
    if (ahead > 0)
      logger.warn(
        { amphorae: ahead },
        "last-seen times were ahead of Redis' clock, set back to now",
      );
    const tookMs = clock.monotonicMs() - startedAtMs;
    this.#ledgerDueAtMs = startedAtMs + Math.max(LEDGER_INTERVAL_MS, tookMs * LEDGER_TIME_SHARE);
  }

  /** Those that the circuit breaker stopped and that report again are as good as any. */
  async #resume(stopped: readonly string[]): Promise<void> {
    if (stopped.length === 0) return;
    const { redis, keys, database, logger, heartbeatTimeoutMs } = this.#options;
    const alive = await seenSince(redis, keys, stopped, this.#nowMs() - heartbeatTimeoutMs);
    const moved = await moveAmphorae(database, alive, 'FAILOVER_STOPPED', 'ALLOCATED');
    for (const id of moved)
      logger.info({ amphora_id: id }, 'reports again, no longer FAILOVER_STOPPED');
  }

  async #judge(silent: readonly Silent[], isSure: boolean): Promise<void> {
    const { redis, keys, database, figures, threshold } = this.#options;
    const expected = await findExpected(
      database,
      silent.map(({ amphoraId }) => amphoraId),
    );
    await forget(
      redis,
      keys,
      silent.filter(({ amphoraId }) => !expected.has(amphoraId)).map(({ amphoraId }) => amphoraId),
    );
    const stale = silent.flatMap((one): Stale[] => {
      const amphora = expected.get(one.amphoraId);
      // One whose failover is under way is no news.
      return amphora && !isUnderWay(amphora) ? [{ silent: one, amphora }] : [];
    });
    figures.stale(stale.length);
    const confirmed = stale.filter(({ amphora }) => this.#suspects.has(amphora.id));
    this.#suspects = new Set(stale.map(({ amphora }) => amphora.id));
    if (!isSure) return;
    if (threshold > 0 && stale.length >= threshold) return this.#breakCircuit(confirmed);
    await this.#failOver(confirmed.filter((one) => this.#isTimeFor(one)));
  }

  #isTimeFor({ amphora }: Stale): boolean {
    const notBeforeMs = this.#notBeforeMs.get(amphora.id) ?? 0;
    const isLockable = FAILOVERABLE.includes(amphora.loadBalancerStatus);
    return isLockable && amphora.isDue && this.#options.clock.monotonicMs() >= notBeforeMs;
  }

  /** So many at once are not dead: the network between them and us is. */
  async #breakCircuit(stale: readonly Stale[]): Promise<void> {
    const { database, figures, logger, threshold } = this.#options;
    const ids = stale
      .filter(({ amphora }) => amphora.status === 'ALLOCATED')
      .map(({ amphora }) => amphora.id);
    const moved = await moveAmphorae(database, ids, 'ALLOCATED', 'FAILOVER_STOPPED');
    for (const _ of moved) figures.verdict('stopped');
    if (moved.length > 0)
      logger.error(
        { stale: stale.length, failover_threshold: threshold, amphora_ids: moved.slice(0, 20) },
        'as many amphorae are stale as [health_manager] failover_threshold: none is failed over until fewer are',
      );
  }

  async #failOver(stale: readonly Stale[]): Promise<void> {
    for (const one of stale.slice(0, VERDICTS_PER_TICK_MAX)) {
      if (this.#stopping.signal.aborted) return;
      await this.#failOverOne(one);
    }
    const now = this.#options.clock.monotonicMs();
    for (const [id, notBeforeMs] of this.#notBeforeMs)
      if (now >= notBeforeMs) this.#notBeforeMs.delete(id);
  }

  async #failOverOne({ amphora, silent }: Stale): Promise<void> {
    const { database, clock, figures, logger, heartbeatTimeoutMs } = this.#options;
    const requestId = `req-${randomUUID()}`;
    const about = {
      request_id: requestId,
      amphora_id: amphora.id,
      load_balancer_id: amphora.loadBalancerId,
    };
    try {
      const requested = await requestFailover(database, amphora, requestId, 2 * heartbeatTimeoutMs);
      figures.verdict(requested.kind);
      if (requested.kind !== 'requested') return;
      const silenceMs = Math.round(this.#nowMs() - silent.sinceMs);
      const lagMs = silenceMs - heartbeatTimeoutMs;
      figures.detectionLag(lagMs);
      logger.warn(
        {
          ...about,
          flow_id: requested.flowId,
          reason: silent.reason,
          last_seen: new Date(silent.sinceMs).toISOString(),
          silence_ms: silenceMs,
          detection_lag_ms: lagMs,
          attempt: requested.attempts,
        },
        'stale amphora, failing it over',
      );
    } catch (error) {
      figures.verdict('failed');
      this.#notBeforeMs.set(amphora.id, clock.monotonicMs() + RETRY_AFTER_FAILURE_MS);
      logger.error({ ...about, error }, 'the failover of a stale amphora could not be asked for');
    }
  }
}

function isUnderWay(amphora: ExpectedAmphora): boolean {
  return amphora.attempts > 0 && amphora.loadBalancerStatus === 'PENDING_UPDATE';
}
