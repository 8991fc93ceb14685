import { randomUUID } from 'node:crypto';
import type { Database } from '#core/db/pool.ts';
import { FAILOVERABLE } from '#core/domain/status.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { type ExpectedAmphora, moveAmphorae } from './expected-amphorae.ts';
import { type FailoverRequested, requestFailover } from './failover-request.ts';
import type { Silent } from './last-seen.ts';
import type { RedisClock } from './redis-clock.ts';

/** An amphora that should report and does not, or not what it should. */
export interface Stale {
  readonly silent: Silent;
  readonly amphora: ExpectedAmphora;
}

export interface VerdictOptions {
  readonly database: Database;
  readonly redisClock: RedisClock;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatTimeoutMs: number;
  /** Stale amphorae at which none is failed over; 0: no such limit. */
  readonly threshold: number;
  given(outcome: FailoverRequested['kind'] | 'stopped' | 'failed'): void;
  /** Milliseconds from the end of the timeout to the failover asked for. */
  detectionLag(durationMs: number): void;
}

const VERDICTS_A_LOOK_MAX = 100;
const RETRY_AFTER_FAILURE_MS = 1000;

/** What is done about stale amphorae. */
export class FailoverVerdict {
  readonly #options: VerdictOptions;
  /** Monotonic times before which an amphora whose failover could not even be asked for is not tried again. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(options: VerdictOptions) {
    this.#options = options;
  }

  /**
   * @param staleCount all that are stale; the circuit breaker counts them
   * @param confirmed those that were stale at the look before, too
   * @param signal ends it between two amphorae
   */
  async give(staleCount: number, confirmed: readonly Stale[], signal: AbortSignal): Promise<void> {
    const { threshold, clock } = this.#options;
    if (threshold > 0 && staleCount >= threshold) return this.#breakCircuit(staleCount, confirmed);
    const now = clock.monotonicMs();
    for (const [id, notBeforeMs] of this.#notBeforeMs)
      if (now >= notBeforeMs) this.#notBeforeMs.delete(id);
    const due = confirmed.filter(({ amphora }) => this.#isDue(amphora));
    for (const one of due.slice(0, VERDICTS_A_LOOK_MAX)) {
      if (signal.aborted) return;
      await this.#failOver(one);
    }
  }

  #isDue(amphora: ExpectedAmphora): boolean {
    const isLockable = FAILOVERABLE.includes(amphora.loadBalancerStatus);
    return isLockable && amphora.isDue && !this.#notBeforeMs.has(amphora.id);
  }

  /** So many at once are not dead: the network between them and us is. */
  async #breakCircuit(staleCount: number, confirmed: readonly Stale[]): Promise<void> {
    const { database, logger, threshold } = this.#options;
    const ids = confirmed
      .filter(({ amphora }) => amphora.status === 'ALLOCATED')
      .map(({ amphora }) => amphora.id);
    const moved = await moveAmphorae(database, ids, 'ALLOCATED', 'FAILOVER_STOPPED');
    for (const _ of moved) this.#options.given('stopped');
    if (moved.length > 0)
      logger.error(
        { stale: staleCount, failover_threshold: threshold, amphora_ids: moved.slice(0, 20) },
        'as many amphorae are stale as [health_manager] failover_threshold: none is failed over until fewer are',
      );
  }

  async #failOver({ amphora, silent }: Stale): Promise<void> {
    const { database, clock, logger, heartbeatTimeoutMs } = this.#options;
    const requestId = `req-${randomUUID()}`;
    const about = {
      request_id: requestId,
      amphora_id: amphora.id,
      load_balancer_id: amphora.loadBalancerId,
    };
    try {
      const requested = await requestFailover(database, amphora, requestId, 2 * heartbeatTimeoutMs);
      this.#options.given(requested.kind);
      if (requested.kind === 'requested')
        logger.warn(
          { ...about, ...this.#grounds(silent, requested) },
          'stale amphora, failing it over',
        );
    } catch (error) {
      this.#options.given('failed');
      this.#notBeforeMs.set(amphora.id, clock.monotonicMs() + RETRY_AFTER_FAILURE_MS);
      logger.error({ ...about, error }, 'the failover of a stale amphora could not be asked for');
    }
  }

  #grounds(
    silent: Silent,
    requested: Extract<FailoverRequested, { kind: 'requested' }>,
  ): Readonly<Record<string, unknown>> {
    const silenceMs = Math.round(this.#options.redisClock.nowMs() - silent.sinceMs);
    const lagMs = silenceMs - this.#options.heartbeatTimeoutMs;
    this.#options.detectionLag(lagMs);
    return {
      flow_id: requested.flowId,
      reason: silent.reason,
      last_seen: new Date(silent.sinceMs).toISOString(),
      silence_ms: silenceMs,
      detection_lag_ms: lagMs,
      attempt: requested.attempts,
    };
  }
}
