import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { attempt, type FailureKind, ONCE, reasonOf } from './attempt.ts';
import type { AnyStep, Flow, Retry, State } from './flow.ts';
import type { HungCalls } from './hung-calls.ts';
import { type Failure, type Named, NO_PAST, type Outcome, type Past, undoOf } from './past.ts';

/**
 * Runs `body` once and remembers what it answered, under the flow and the step's name. `body` never throws, so what
 * `durably` throws is the engine's own: another executor owns the flow now.
 */
export type Durably = (step: Named, body: () => Promise<Outcome>) => Promise<Outcome>;

export interface FlowObserver {
  stepEnded(flow: string, step: string, kind: Outcome['kind'], durationMs: number): void;
}

export interface FlowRun<World> {
  readonly durably: Durably;
  /** Nothing when absent. */
  readonly past?: Past;
  readonly world: World;
  readonly classify: (error: unknown) => FailureKind;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: FlowObserver;
  readonly hungCalls: HungCalls;
  /** Fires when the flow is to fail where it is; undos run to their end all the same. */
  readonly stop?: AbortSignal;
  /** Told when a step failed and will be tried again. */
  readonly troubled?: (step: string, attempts: number, reason: string) => void;
}

/** A flow ended in failure, and all that it had done was undone as far as it could be. */
export class FlowFailed extends Error {
  constructor(flow: string, step: string, reason: string) {
    super(`${flow} failed at ${step}: ${reason}`);
    this.name = 'FlowFailed';
  }
}

const STEP_TIMEOUT_MS = 20 * 60_000;
const UNDO_TIMEOUT_MS = 5 * 60_000;
const UNDO_RETRY: Retry = { attemptsMax: 6, intervalMs: 500, backoff: 2, intervalMaxMs: 10_000 };

/**
 * Runs the steps in order; each one's output joins the state. When one fails, the undos of it and of all before it run
 * in reverse order, as steps of their own. An undo that fails is logged and stops no other.
 *
 * A flow goes on with the steps that this release has, whatever release began it: what is on record under a step's
 * name, or a former one, does not run again, and what is not on record runs in its place. Once a step has failed
 * nothing is begun that had not been, so a step that came with this release is neither run nor undone.
 * @throws FlowFailed after the undos; whatever `durably` throws, at once and without undos: somebody else may be at
 * work with what they would destroy
 */
export async function runFlow<World>(
  flow: Flow<string, World>,
  input: State,
  run: FlowRun<World>,
): Promise<void> {
  const past = run.past ?? NO_PAST;
  const steps = past.failure ? flow.steps.filter((step) => past.has(step)) : flow.steps;
  let state: State = input;
  let failure: Failure | null = past.failure;
  const begun: AnyStep<World>[] = [];
  for (const step of steps) {
    begun.push(step);
    const outcome = await run.durably(step, () => runStep(flow.name, step, state, run));
    if (outcome.kind === 'done') state = { ...state, ...outcome.gives };
    else failure ??= { step: step.name, reason: outcome.reason };
    if (failure && !past.failure) break;
  }
  if (failure === null) return;
  await undoAll(flow.name, begun, state, run);
  throw new FlowFailed(flow.name, failure.step, failure.reason);
}

async function undoAll<World>(
  flow: string,
  begun: readonly AnyStep<World>[],
  state: State,
  run: FlowRun<World>,
): Promise<void> {
  for (const step of begun.toReversed()) {
    if (step.undo === undefined) continue;
    await run.durably(undoOf(step), () => runUndo(flow, step, state, run));
  }
}

async function runStep<World>(
  flow: string,
  step: AnyStep<World>,
  state: State,
  run: FlowRun<World>,
): Promise<Outcome> {
  return observed(flow, step.name, run, async (logger) =>
    attempt(() => step.run(state as never, run.world), {
      ...patienceOf(step.name, run, logger),
      ...(run.stop ? { signal: run.stop } : {}),
      retry: step.retry?.(run.world) ?? ONCE,
      timeoutMs: step.timeoutMs ?? STEP_TIMEOUT_MS,
    }),
  );
}

/** An undo is tried whatever its failure says: there is nobody after it who would. */
async function runUndo<World>(
  flow: string,
  step: AnyStep<World>,
  state: State,
  run: FlowRun<World>,
): Promise<Outcome> {
  return observed(flow, undoOf(step).name, run, async (logger) => {
    await attempt(() => step.undo?.(state as never, run.world) ?? Promise.resolve(), {
      ...patienceOf(undoOf(step).name, run, logger),
      retry: UNDO_RETRY,
      timeoutMs: UNDO_TIMEOUT_MS,
      classify: (error) => (run.classify(error) === 'outage' ? 'outage' : 'retryable'),
    });
    return {};
  });
}

async function observed<World>(
  flow: string,
  name: string,
  run: FlowRun<World>,
  work: (logger: Logger) => Promise<State>,
): Promise<Outcome> {
  const logger = run.logger.child({ step: name });
  const startedMs = run.clock.monotonicMs();
  const outcome = await work(logger).then(
    (gives): Outcome => ({ kind: 'done', gives }),
    (error: unknown): Outcome => {
      logger.warn({ error }, 'step failed');
      return { kind: 'failed', reason: reasonOf(error) };
    },
  );
  const durationMs = Math.round(run.clock.monotonicMs() - startedMs);
  run.observer.stepEnded(flow, name, outcome.kind, durationMs);
  if (outcome.kind === 'done') logger.info({ duration_ms: durationMs }, 'step done');
  return outcome;
}

function patienceOf<World>(step: string, run: FlowRun<World>, logger: Logger) {
  const troubled = (attempts: number, reason: string): void =>
    run.troubled?.(step, attempts, reason);
  const { classify, clock, hungCalls } = run;
  return { classify, clock, hungCalls, logger, troubled };
}
