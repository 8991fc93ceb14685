import { randomUUID } from 'node:crypto';
import { FAILOVERABLE } from '#core/domain/status.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { AmphoraDirectory } from './amphora-directory.ts';
import type { Accused } from './expected-amphorae.ts';
import type { FailoverRequested } from './failover-request.ts';
import type { Suspect } from './suspicion.ts';

export type VerdictOutcome = FailoverRequested['kind'] | 'stopped' | 'resumed' | 'failed';

/** Why a suspect is not failed over at this look. */
export type WaitingFor = 'load-balancer' | 'back-off' | 'budget';

export interface VerdictOptions {
  readonly directory: Pick<AmphoraDirectory, 'accused' | 'requestFailover'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatTimeoutMs: number;
  given(outcome: VerdictOutcome): void;
  waiting(waitingFor: WaitingFor, count: number): void;
  /** Milliseconds from the end of the timeout to the failover asked for. */
  detectionLag(durationMs: number): void;
  /** Nothing is expected of these any more. */
  released(amphoraIds: readonly string[]): void;
  /** Whether its failover has been asked for and not begun. */
  underWay(amphoraId: string, isUnderWay: boolean): void;
}

/** What one look may rely on. */
export interface Grounds {
  /** Failovers that may be in progress. */
  readonly allowed: number;
  /** Whether the look is recent enough still. */
  isFresh(): boolean;
}

const LOOKED_UP_MAX = 500;
const RETRY_MS = 1000;
const RETRY_AFTER_FAILURE_MS = 2000;
const HELD_MAX = 20_000;

interface Held {
  readonly untilMs: number;
  readonly waitingFor: WaitingFor | null;
}

/** What is done about suspects: each that can be failed over is, as far as the budget goes, and the others wait. */
export class FailoverVerdict {
  readonly #options: VerdictOptions;
  /** Suspects that nothing can be done about just now, so that they do not crowd out the others. */
  readonly #held = new Map<string, Held>();

  #isBudgetUsedUp = false;

  constructor(options: VerdictOptions) {
    this.#options = options;
  }

  /**
   * @param suspects those to see to first come first
   * @param signal ends it between two amphorae
   */
  async give(suspects: readonly Suspect[], grounds: Grounds, signal: AbortSignal): Promise<void> {
    const { directory, clock } = this.#options;
    this.#letGo(clock.monotonicMs());
    const free = suspects.filter(({ amphoraId }) => !this.#held.has(amphoraId));
    const looked = free.slice(0, LOOKED_UP_MAX);
    const ids = looked.map(({ amphoraId }) => amphoraId);
    const accused = await directory.accused(ids);
    this.#options.released(ids.filter((id) => !accused.has(id)));
    const due = looked.filter((suspect) => this.#isDue(suspect, accused.get(suspect.amphoraId)));
    let served = 0;
    for (const suspect of due) {
      const amphora = accused.get(suspect.amphoraId);
      if (signal.aborted || !amphora || !grounds.isFresh()) break;
      const isWithinBudget = await this.failOver(amphora, suspect, grounds);
      if (!isWithinBudget) break;
      served++;
    }
    this.#tellWaiting(free.length - looked.length + due.length - served);
  }

  /** @returns false: the budget is used up */
  async failOver(
    amphora: Accused,
    suspect: Pick<Suspect, 'reason' | 'sinceMs'>,
    grounds: Grounds,
  ): Promise<boolean> {
    const { directory, logger, heartbeatTimeoutMs } = this.#options;
    const requestId = `req-${randomUUID()}`;
    const about = {
      request_id: requestId,
      amphora_id: amphora.id,
      load_balancer_id: amphora.loadBalancerId,
    };
    try {
      const requested = await directory.requestFailover({
        amphora,
        requestId,
        backOffMs: 2 * heartbeatTimeoutMs,
        ...grounds,
      });
      this.#options.given(requested.kind);
      if (requested.kind === 'over-budget') return false;
      if (requested.kind === 'busy') this.#hold(amphora.id, 'load-balancer');
      if (requested.kind !== 'requested') return true;
      this.#options.underWay(amphora.id, true);
      this.#hold(amphora.id, null);
      logger.warn(
        { ...about, ...this.#grounds(suspect, requested) },
        'stale amphora, failing it over',
      );
    } catch (error) {
      this.#options.given('failed');
      this.#hold(amphora.id, 'back-off', RETRY_AFTER_FAILURE_MS);
      logger.error({ ...about, error }, 'the failover of a stale amphora could not be asked for');
    }
    return true;
  }

  /** Whether a suspect's failover may be asked for now; if not, it is held for a moment. */
  #isDue({ amphoraId }: Suspect, amphora: Accused | undefined): boolean {
    if (amphora === undefined) return false;
    const isUnderWay = amphora.attempts > 0 && amphora.loadBalancerStatus === 'PENDING_UPDATE';
    this.#options.underWay(amphoraId, isUnderWay);
    const isLockable = FAILOVERABLE.includes(amphora.loadBalancerStatus);
    if (isUnderWay) this.#hold(amphoraId, null);
    else if (!isLockable) this.#hold(amphoraId, 'load-balancer');
    else if (!amphora.isDue) this.#hold(amphoraId, 'back-off');
    return isLockable && amphora.isDue;
  }

  #hold(amphoraId: string, waitingFor: WaitingFor | null, forMs = RETRY_MS): void {
    if (this.#held.size >= HELD_MAX) return;
    const untilMs = this.#options.clock.monotonicMs() + forMs;
    this.#held.set(amphoraId, { untilMs, waitingFor });
  }

  #letGo(nowMs: number): void {
    for (const [id, { untilMs }] of this.#held) if (nowMs >= untilMs) this.#held.delete(id);
  }

  #tellWaiting(forBudget: number): void {
    if (forBudget > 0 !== this.#isBudgetUsedUp) {
      this.#isBudgetUsedUp = forBudget > 0;
      const about = { waiting: forBudget };
      if (forBudget > 0) this.#options.logger.warn(about, 'stale amphorae wait for their turn');
      else this.#options.logger.info(about, 'no stale amphora waits for its turn any more');
    }
    let forLoadBalancer = 0;
    let forBackOff = 0;
    for (const { waitingFor } of this.#held.values())
      if (waitingFor === 'load-balancer') forLoadBalancer++;
      else if (waitingFor === 'back-off') forBackOff++;
    this.#options.waiting('load-balancer', forLoadBalancer);
    this.#options.waiting('back-off', forBackOff);
    this.#options.waiting('budget', forBudget);
  }

  #grounds(
    { reason, sinceMs }: Pick<Suspect, 'reason' | 'sinceMs'>,
    requested: Extract<FailoverRequested, { kind: 'requested' }>,
  ): Readonly<Record<string, unknown>> {
    const { clock, heartbeatTimeoutMs } = this.#options;
    const about = { flow_id: requested.flowId, reason, attempt: requested.attempts };
    if (reason === 'failover-failed') return about;
    const silenceMs = Math.round(clock.monotonicMs() - sinceMs);
    const lagMs = silenceMs - heartbeatTimeoutMs;
    this.#options.detectionLag(lagMs);
    return {
      ...about,
      last_seen: new Date(clock.nowMs() - silenceMs).toISOString(),
      silence_ms: silenceMs,
      detection_lag_ms: lagMs,
    };
  }
}
