import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { FailureKind } from './attempt.ts';
import type { Flow, State } from './flow.ts';
import type { FlowMetrics } from './flow-metrics.ts';
import type { HungCalls } from './hung-calls.ts';

export interface EngineQueue {
  readonly name: string;
  /** Flows that this worker runs at a time, besides those that wait for a machine or an amphora. */
  readonly concurrency: number;
  /** Flows that all workers together run at a time; absent: as many as they can. */
  readonly totalMax?: number;
}

export interface EngineOptions<World> {
  readonly databaseUrl: string;
  /** The same database, for the records of steps. */
  readonly database: Queryable;
  readonly application: string;
  readonly queues: readonly EngineQueue[];
  /** The queue that flows of this name are put into. */
  readonly queueOf: (flow: string) => string;
  readonly poolSizeMax: number;
  /** Milliseconds after which a worker that does nothing any more, though its process exists, loses its flows. */
  readonly frozenAfterMs: number;
  /** Milliseconds that flows under way get at a shutdown; others adopt what is left. */
  readonly drainMs: number;
  /** Milliseconds from its first step after which a flow is failed and undone. */
  readonly deadlineMs: number;
  readonly flows: readonly Flow<string, World>[];
  /** What the steps of one run work with; `logger` carries the run's fields. */
  readonly worldOf: (logger: Logger) => World;
  /** Fields for every log line of a flow, from its two arguments. */
  readonly logFieldsOf: (input: State, origin: State) => Readonly<Record<string, unknown>>;
  readonly classify: (error: unknown) => FailureKind;
  readonly metrics: FlowMetrics;
  readonly hungCalls: HungCalls;
  readonly clock: Clock;
  readonly logger: Logger;
}
