import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { type Problem, SelfDoubt } from './self-doubt.ts';

export interface ConfidenceOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  readonly heartbeatTimeoutMs: number;
  sure(isSure: boolean): void;
  doubted(reason: Problem['reason']): void;
}

/** The doubt in ourselves, told to the operator each time it comes, changes or goes. */
export class Confidence {
  readonly #options: ConfidenceOptions;
  readonly #doubt: SelfDoubt;
  #lastReason: Problem['reason'] | null = null;

  constructor(options: ConfidenceOptions) {
    this.#options = options;
    this.#doubt = new SelfDoubt(options.heartbeatTimeoutMs);
  }

  /** Whether nothing speaks against a verdict now. */
  get isSure(): boolean {
    return this.#doubt.problem === null;
  }

  get wasEverSure(): boolean {
    return this.#doubt.wasEverSure;
  }

  /** @returns whether a verdict may be given */
  judge(problem: Problem | null): boolean {
    const { clock, logger, heartbeatTimeoutMs } = this.#options;
    const wasSure = this.isSure;
    const isSure = this.#doubt.look(problem, clock.monotonicMs());
    this.#options.sure(isSure);
    if (problem !== null) this.#options.doubted(problem.reason);
    if (isSure && !wasSure) logger.info({}, 'stale amphorae are failed over from now on');
    else if (problem !== null && problem.reason !== this.#lastReason)
      logger.warn(
        { problem: problem.reason, detail: problem.detail, grace_ms: heartbeatTimeoutMs },
        'no failovers until all has been well for one heartbeat timeout',
      );
    this.#lastReason = problem?.reason ?? null;
    return isSure;
  }
}
