import type { Redis } from 'ioredis';
import type { Database } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { AmphoraLedger } from './amphora-ledger.ts';
import { type ExpectedAmphora, findExpected } from './expected-amphorae.ts';
import { FailoverVerdict, type Stale, type VerdictOptions } from './failover-verdict.ts';
import type { HeartbeatKeys } from './heartbeat-store.ts';
import { forget, type Silent } from './last-seen.ts';
import type { RedisClock } from './redis-clock.ts';
import { SelfDoubt } from './self-doubt.ts';
import { type Examined, SelfExamination, STARTING } from './self-examination.ts';

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
  /** Datagrams that the kernel had no room for. */
  kernelDrops(): number;
  readonly figures: SchedulerFigures;
}

/** What the scheduler counts. */
export interface SchedulerFigures {
  stale(count: number): void;
  expected(count: number): void;
  sure(isSure: boolean): void;
  doubted(problem: string): void;
  readonly given: VerdictOptions['given'];
  readonly detectionLag: VerdictOptions['detectionLag'];
}

/** Finds amphorae that went silent and asks for their failover, as one of any number of managers. */
export class FailoverScheduler implements Service {
  readonly name = 'failover scheduler';
  readonly #options: FailoverSchedulerOptions;
  readonly #doubt: SelfDoubt;
  readonly #examination: SelfExamination;
  readonly #ledger: AmphoraLedger;
  readonly #verdict: FailoverVerdict;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;
  /** Stale at the last look too: a verdict needs two, so that a stall between Redis and us is over. */
  #suspects: ReadonlySet<string> = new Set();
  #lastProblem: string | null = null;

  constructor(options: FailoverSchedulerOptions) {
    const { figures } = options;
    this.#options = options;
    this.#doubt = new SelfDoubt(options.heartbeatTimeoutMs);
    this.#examination = new SelfExamination(options);
    this.#ledger = new AmphoraLedger({ ...options, expected: (count) => figures.expected(count) });
    this.#verdict = new FailoverVerdict({
      ...options,
      given: figures.given,
      detectionLag: figures.detectionLag,
    });
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
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
    const examined = await this.#examination.look(lateMs);
    const isSure = this.#judgeOurselves(examined);
    if (examined.kind === 'unclear') {
      this.#suspects = new Set();
      return;
    }
    try {
      await this.#ledger.keep();
      await this.#ledger.resume(examined.stoppedIds);
      await this.#judge(examined.silent, isSure);
    } catch (error) {
      this.#doubt.look('a look could not be finished', this.#options.clock.monotonicMs());
      this.#options.logger.warn({ error }, 'looking for stale amphorae failed, starting over');
    }
  }

  #judgeOurselves(examined: Examined): boolean {
    const { figures, logger, clock, heartbeatTimeoutMs } = this.#options;
    const problem = examined.kind === 'unclear' ? examined.problem : null;
    const wasSure = this.#doubt.problem === null;
    const isSure = this.#doubt.look(problem, clock.monotonicMs());
    figures.sure(isSure);
    if (problem !== null) figures.doubted(problem);
    const about = { problem, grace_ms: heartbeatTimeoutMs };
    if (isSure && !wasSure) logger.info({}, 'stale amphorae are failed over from now on');
    else if (problem === STARTING)
      logger.info(about, 'no failovers before one heartbeat timeout has passed');
    else if (problem !== null && problem !== this.#lastProblem)
      logger.warn(about, 'no failovers until all has been well for one heartbeat timeout');
    this.#lastProblem = problem;
    return isSure;
  }

  async #judge(silent: readonly Silent[], isSure: boolean): Promise<void> {
    const { redis, keys, database, figures } = this.#options;
    const ids = silent.map(({ amphoraId }) => amphoraId);
    const expected = await findExpected(database, ids);
    await forget(
      redis,
      keys,
      ids.filter((id) => !expected.has(id)),
    );
    const stale = silent.flatMap((one): Stale[] => {
      const amphora = expected.get(one.amphoraId);
      // One whose failover is under way is no news.
      return amphora && !isUnderWay(amphora) ? [{ silent: one, amphora }] : [];
    });
    figures.stale(stale.length);
    const confirmed = stale.filter(({ amphora }) => this.#suspects.has(amphora.id));
    this.#suspects = new Set(stale.map(({ amphora }) => amphora.id));
    if (isSure) await this.#verdict.give(stale.length, confirmed, this.#stopping.signal);
  }
}

function isUnderWay(amphora: ExpectedAmphora): boolean {
  return amphora.attempts > 0 && amphora.loadBalancerStatus === 'PENDING_UPDATE';
}
