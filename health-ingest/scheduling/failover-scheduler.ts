import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import type { AmphoraDirectory } from './amphora-directory.ts';
import { AmphoraLedger } from './amphora-ledger.ts';
import type { Census } from './census.ts';
import { type BreakerChange, CircuitBreaker } from './circuit-breaker.ts';
import { Confidence } from './confidence.ts';
import { Errand, type ErrandEnd } from './errand.ts';
import { type BudgetOptions, failoversAllowed } from './failover-budget.ts';
import { FailoverVerdict } from './failover-verdict.ts';
import type { SchedulerFigures } from './scheduler-figures.ts';
import type { Problem } from './self-doubt.ts';
import { SelfExamination, trustedLagMs, type Vitals } from './self-examination.ts';
import { SightingBoard } from './sighting-board.ts';
import { SightingIntake } from './sighting-intake.ts';
import type { SightingSource } from './sighting-source.ts';
import { StoppedAmphorae } from './stopped-amphorae.ts';
import { type Suspicion, suspicionOf } from './suspicion.ts';
import { UnfinishedFailovers } from './unfinished-failovers.ts';

export interface FailoverSchedulerOptions {
  readonly source: SightingSource;
  readonly directory: AmphoraDirectory;
  readonly vitals: Vitals;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly tickMs: number;
  readonly breaker: {
    readonly threshold: number;
    readonly percent: number;
    readonly floor: number;
  };
  readonly budget: BudgetOptions;
  /** Amphorae at most, expected and others together. */
  readonly amphoraeMax: number;
  /** Whether an amphora that never reported is stale too. */
  readonly isSilenceSuspect: boolean;
  readonly figures: SchedulerFigures;
}

const FORGET_AFTER_TIMEOUTS = 10;
/** Asking for failovers may wait for locks; longer than this is an outage. */
const ACTING_MS_MAX = 15_000;

/** Finds amphorae that went silent and asks for their failover, as one of any number of managers. */
export class FailoverScheduler implements Service {
  readonly name = 'failover scheduler';
  readonly #options: FailoverSchedulerOptions;
  readonly #board: SightingBoard;
  readonly #intake: SightingIntake;
  readonly #ledger: AmphoraLedger;
  readonly #examination: SelfExamination;
  readonly #confidence: Confidence;
  readonly #breaker: CircuitBreaker;
  readonly #verdict: FailoverVerdict;
  readonly #stopped: StoppedAmphorae;
  readonly #unfinished: UnfinishedFailovers;
  readonly #reading: Errand;
  readonly #acting: Errand;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: FailoverSchedulerOptions) {
    const { heartbeatTimeoutMs, figures, clock } = options;
    const board = new SightingBoard({
      idsMax: options.amphoraeMax,
      forgetAfterMs: FORGET_AFTER_TIMEOUTS * heartbeatTimeoutMs,
      isSilenceSuspect: options.isSilenceSuspect,
    });
    this.#options = options;
    this.#board = board;
    this.#intake = new SightingIntake({ ...options, board });
    this.#ledger = new AmphoraLedger({ ...options, board });
    this.#examination = new SelfExamination(options.vitals, heartbeatTimeoutMs);
    this.#confidence = new Confidence({ ...options, ...figures });
    this.#breaker = new CircuitBreaker({ ...options.breaker, holdMs: heartbeatTimeoutMs });
    this.#verdict = new FailoverVerdict({
      ...options,
      ...figures,
      released(ids) {
        for (const id of ids) board.release(id);
      },
      underWay: (id, isUnderWay) => board.markUnderWay(id, isUnderWay),
    });
    this.#stopped = new StoppedAmphorae({ ...options, board, given: figures.given });
    this.#unfinished = new UnfinishedFailovers({ ...options, ...figures, verdict: this.#verdict });
    const patienceMs = trustedLagMs(heartbeatTimeoutMs);
    this.#reading = new Errand(clock, patienceMs);
    this.#acting = new Errand(clock, patienceMs);
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#acting.settled();
    await this.#reading.settled();
  }

  async #run(): Promise<void> {
    const { clock, tickMs } = this.#options;
    const { signal } = this.#stopping;
    let lateMs = 0;
    while (!signal.aborted) {
      await this.look(lateMs);
      const dueAtMs = clock.monotonicMs() + tickMs;
      await clock.sleep(tickMs, signal).catch(() => undefined);
      lateMs = clock.monotonicMs() - dueAtMs;
    }
  }

  /**
   * One look. Whatever fails in it is a reason for doubt, never for a verdict.
   * @param lateMs how much later than planned it comes
   */
  async look(lateMs: number): Promise<void> {
    const { clock, heartbeatTimeoutMs } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const problem = await this.#problem(lateMs, startedAtMs);
    const isSure = this.#confidence.judge(problem);
    // What was seen while the database was asked is not on the board: silence is measured up to the start of the look.
    const census = this.#census(startedAtMs);
    const suspicion = suspicionOf(
      this.#board,
      census,
      this.#intake.mismatchedSinceMs,
      this.#lookedAtMs - heartbeatTimeoutMs,
    );
    this.#lookedAtMs = startedAtMs;
    this.#tell(suspicion);
    if (isSure) this.#breakCircuit(suspicion);
    if (problem !== null || this.#acting.isUnderWay) return;
    // Told by the work itself, since what takes long is not waited for.
    const failed = (error: unknown): void =>
      void this.#confidence.judge(databaseProblem({ kind: 'failed', error }));
    await this.#acting.run(() => this.#act(census, suspicion, isSure, startedAtMs).catch(failed));
  }

  async #problem(lateMs: number, startedAtMs: number): Promise<Problem | null> {
    const { clock } = this.#options;
    const ofSightings = await this.#takeSightings();
    const redisMs = clock.monotonicMs() - startedAtMs;
    const ofDatabase = databaseProblem(await this.#reading.run(() => this.#ledger.keep()));
    const ofUs = this.#examination.look({ lateMs, redisMs });
    const first = ofSightings ?? ofDatabase ?? ofUs;
    if (first !== null) return first;
    if (this.#acting.ageMs > ACTING_MS_MAX) return { reason: 'PostgreSQL was slow' };
    if (!this.#ledger.isComplete) return { reason: 'amphorae are still being read' };
    return this.#ledger.hasRoom ? null : { reason: 'there is no room for all amphorae' };
  }

  async #takeSightings(): Promise<Problem | null> {
    try {
      const { problem } = await this.#intake.take(this.#confidence.wasEverSure);
      return problem === null ? null : { reason: problem };
    } catch (error) {
      return { reason: 'Redis failed', detail: messageOf(error) };
    }
  }

  #census(nowMs: number): Census {
    const { heartbeatTimeoutMs: timeoutMs, heartbeatIntervalMs: intervalMs } = this.#options;
    // Whoever was silenced together is late together by the time the first of them is stale.
    const lateAfterMs = Math.max(timeoutMs - intervalMs, (timeoutMs + intervalMs) / 2);
    return this.#board.census(
      { lateMs: nowMs - Math.min(lateAfterMs, timeoutMs), staleMs: nowMs - timeoutMs },
      nowMs,
    );
  }

  #breakCircuit({ zones }: Suspicion): void {
    const { clock, figures } = this.#options;
    for (const change of this.#breaker.look(zones, clock.monotonicMs())) this.#log(change);
    figures.breakerOpen(this.#breaker.openScopes);
  }

  #log({ kind, scope, counted, expected }: BreakerChange): void {
    const { logger } = this.#options;
    const about = { scope, late: counted, expected };
    if (kind === 'opened')
      logger.error(about, 'so many amphorae are silent at once that none is failed over');
    else logger.warn(about, 'few enough amphorae are silent, failovers go on');
  }

  async #act(
    census: Census,
    { suspects, zones }: Suspicion,
    isSure: boolean,
    startedAtMs: number,
  ): Promise<void> {
    const { clock, budget, heartbeatTimeoutMs } = this.#options;
    await this.#stopped.resume(census.resumed, this.#intake.mismatchedSinceMs);
    if (!isSure) return;
    const grounds = {
      allowed: failoversAllowed(budget, expectedIn(zones)),
      isFresh: () =>
        this.#confidence.isSure &&
        clock.monotonicMs() - startedAtMs < trustedLagMs(heartbeatTimeoutMs),
    };
    const isStopped = (zone: string): boolean => this.#breaker.isOpen(zone);
    await this.#stopped.stop(suspects.filter(({ zone }) => isStopped(zone)));
    const free = suspects.filter(({ zone }) => !isStopped(zone));
    await this.#verdict.give(free, grounds, this.#stopping.signal);
    await this.#unfinished.seeTo(grounds);
  }

  #tell({ zones }: Suspicion): void {
    const { figures } = this.#options;
    figures.expected(expectedIn(zones));
    figures.stale([...zones.values()].reduce((total, { stale }) => total + stale, 0));
  }
}

function expectedIn(zones: Suspicion['zones']): number {
  return [...zones.values()].reduce((total, { expected }) => total + expected, 0);
}

function databaseProblem(end: ErrandEnd): Problem | null {
  switch (end.kind) {
    case 'done':
      return null;
    case 'slow':
      return { reason: 'PostgreSQL was slow' };
    case 'failed':
      return { reason: 'PostgreSQL failed', detail: messageOf(end.error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
