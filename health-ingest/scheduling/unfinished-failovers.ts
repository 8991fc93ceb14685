import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { AmphoraDirectory } from './amphora-directory.ts';
import type { FailoverVerdict, Grounds } from './failover-verdict.ts';

export interface UnfinishedOptions {
  readonly directory: Pick<AmphoraDirectory, 'noteFailures' | 'unfinished' | 'inProgress'>;
  readonly verdict: FailoverVerdict;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatTimeoutMs: number;
  inProgress(count: number): void;
  unfinished(count: number): void;
}

const INTERVAL_MS = 1000;
const ROWS_MAX = 1000;

/**
 * Failovers that failed, whoever asked for them: their amphorae are in ERROR and their load balancers lack them, so that
 * silence tells nothing. They are tried again, later and later.
 */
export class UnfinishedFailovers {
  readonly #options: UnfinishedOptions;
  #dueAtMs = 0;

  constructor(options: UnfinishedOptions) {
    this.#options = options;
  }

  async seeTo(grounds: Grounds): Promise<void> {
    const { directory, verdict, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#dueAtMs) return;
    this.#dueAtMs = nowMs + INTERVAL_MS;
    await this.#noteFailures();
    const { count, due } = await directory.unfinished(ROWS_MAX);
    this.#options.unfinished(count);
    for (const amphora of due) {
      if (!grounds.isFresh()) break;
      const suspect = { reason: 'failover-failed', sinceMs: nowMs } as const;
      if (!(await verdict.failOver(amphora, suspect, grounds))) break;
    }
    this.#options.inProgress(await directory.inProgress());
  }

  async #noteFailures(): Promise<void> {
    const { directory, logger, heartbeatTimeoutMs } = this.#options;
    for (const failed of await directory.noteFailures(2 * heartbeatTimeoutMs))
      logger.error(
        {
          amphora_id: failed.amphoraId,
          load_balancer_id: failed.loadBalancerId,
          flow_id: failed.flowId,
          attempt: failed.attempts,
          next_attempt_at: failed.nextAttemptAt.toISOString(),
        },
        'a failover failed, it will be tried again',
      );
  }
}
