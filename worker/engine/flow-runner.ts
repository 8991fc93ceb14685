import type { Logger } from '#core/ports/logger.ts';
import type { EngineOptions } from './engine-options.ts';
import type { Flow, State } from './flow.ts';
import type { FlowOutcome } from './flow-metrics.ts';
import { FlowStops } from './flow-stops.ts';
import type { FlowWaits } from './flow-waits.ts';
import { type Journal, openJournal } from './journal.ts';
import { type Ownership, ownership } from './ownership.ts';
import { strangersIn } from './past.ts';
import { FlowFailed, runFlow } from './run-flow.ts';
import { type KeepRecord, stepRecords } from './step-records.ts';
import { type TroubleNotes, troubleNotes } from './trouble-notes.ts';

/** Runs one flow that the engine gave to this worker, from where its record ends. */
export class FlowRunner<World> {
  readonly #options: EngineOptions<World>;
  readonly #waits: FlowWaits;
  readonly #stops: FlowStops;
  readonly #noteTrouble: TroubleNotes;
  readonly #keep: KeepRecord;

  constructor(options: EngineOptions<World>, waits: FlowWaits) {
    const { database: db, deadlineMs, classify, logger } = options;
    this.#options = options;
    this.#waits = waits;
    this.#stops = new FlowStops({ db, deadlineMs, logger });
    this.#noteTrouble = troubleNotes(db, logger);
    this.#keep = stepRecords(db, classify);
  }

  /** @throws what the engine takes for the flow's failure, or for the loss of it to another worker */
  async run(flow: Flow<string, World>, input: State, origin: State): Promise<void> {
    const { clock, metrics, logFieldsOf, ...options } = this.#options;
    const run = ownership();
    const fields = { flow: flow.name, flow_id: run.flowId, ...logFieldsOf(input, origin) };
    const logger = options.logger.child(fields);
    const startedMs = clock.monotonicMs();
    const ended = (outcome: FlowOutcome, error?: unknown): void => {
      const durationMs = Math.round(clock.monotonicMs() - startedMs);
      metrics.flowEnded(flow.name, outcome, durationMs);
      const fields = { outcome, duration_ms: durationMs };
      if (outcome === 'succeeded') logger.info(fields, 'flow ended');
      else logger.error({ ...fields, error }, 'flow ended');
    };
    logger.info({}, 'flow taken');
    try {
      await this.#runSteps(flow, input, run, logger);
      ended('succeeded');
    } catch (error) {
      ended(error instanceof FlowFailed ? 'failed' : 'abandoned', error);
      throw error;
    }
  }

  async #runSteps(
    flow: Flow<string, World>,
    input: State,
    run: Ownership,
    logger: Logger,
  ): Promise<void> {
    const { classify, clock, hungCalls, metrics: observer, queueOf, worldOf } = this.#options;
    const { flowId } = run;
    const journal = await this.#openJournal(flow, run, logger);
    const queue = queueOf(flow.name);
    const stop = this.#stops.watch(flowId, clock.nowMs() - journal.begunMs, journal.wish);
    try {
      await runFlow(flow, input, {
        durably: (step, body) => journal.durably(step, () => this.#waits.during(queue, body)),
        past: journal.past,
        world: worldOf(logger),
        classify,
        clock,
        logger,
        observer,
        hungCalls,
        stop: stop.signal,
        troubled: (...trouble) => this.#noteTrouble(flowId, ...trouble),
      });
    } finally {
      stop.release();
    }
  }

  async #openJournal(flow: Flow<string, World>, run: Ownership, logger: Logger): Promise<Journal> {
    const { database: db, classify, clock } = this.#options;
    const journal = await openJournal({ db, keep: this.#keep, ...run, classify, clock, logger });
    const strangers = strangersIn(journal.recorded, flow.steps);
    if (strangers.length > 0)
      logger.warn({ steps: strangers }, 'goes on after steps that this release does not know');
    return journal;
  }
}
