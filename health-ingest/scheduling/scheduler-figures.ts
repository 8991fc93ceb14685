import type { VerdictOptions } from './failover-verdict.ts';
import type { Problem } from './self-doubt.ts';

/** What the scheduler counts. */
export interface SchedulerFigures {
  expected(count: number): void;
  stale(count: number): void;
  sure(isSure: boolean): void;
  doubted(reason: Problem['reason']): void;
  /** Zones, or everywhere, where the circuit breaker has stopped failovers. */
  breakerOpen(scopes: readonly string[]): void;
  inProgress(count: number): void;
  /** Failed failovers that will be tried again. */
  unfinished(count: number): void;
  readonly given: VerdictOptions['given'];
  readonly waiting: VerdictOptions['waiting'];
  readonly detectionLag: VerdictOptions['detectionLag'];
}
