import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { FailureKind } from './attempt.ts';
import { claimOnNews } from './claims.ts';
import { engineLog } from './engine-log.ts';
import { Executors } from './executors.ts';
import type { Flow, State } from './flow.ts';
import type { FlowMetrics, FlowOutcome } from './flow-metrics.ts';
import { FlowStops } from './flow-stops.ts';
import { FlowWaits } from './flow-waits.ts';
import type { HungCalls } from './hung-calls.ts';
import { openJournal } from './journal.ts';
import { type Ownership, ownership } from './ownership.ts';
import { strangersIn } from './past.ts';
import { QueueNews } from './queue-news.ts';
import { FlowFailed, runFlow } from './run-flow.ts';
import { ENGINE_SCHEMA, migrateEngine } from './schema.ts';
import { type KeepRecord, stepRecords } from './step-records.ts';
import { type TroubleNotes, troubleNotes } from './trouble-notes.ts';

/** Never changes: any release continues the flows of any other, step by step by their names. */
const APPLICATION_VERSION = '1';
/** Between two looks into a queue, however much there is of news. */
const LOOK_INTERVAL_MS = 50;
/**
 * Starts after which a flow that takes its worker down with it every time is given up. Many, because workers also die of
 * other things, and one that is short of time may be killed more than once before a machine is built.
 */
const RECOVERY_ATTEMPTS_MAX = 30;

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

/** Takes flows from the queues and runs them. There is one in a process: the library underneath is global. */
export class Engine<World> {
  readonly name = 'engine';
  readonly #options: EngineOptions<World>;
  readonly #executors: Executors;
  readonly #stops: FlowStops;
  readonly #noteTrouble: TroubleNotes;
  readonly #keep: KeepRecord;
  readonly #news: QueueNews;
  readonly #waits: FlowWaits;
  readonly #executorId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  #isRunning = false;

  constructor(options: EngineOptions<World>) {
    this.#options = options;
    const { database: db, deadlineMs, classify, clock, logger } = options;
    const shared = options.queues.filter(({ totalMax }) => totalMax !== undefined);
    this.#news = new QueueNews(
      shared.map(({ name }) => name),
      clock,
    );
    this.#waits = new FlowWaits((queue) => this.#news.tell(queue));
    this.#keep = stepRecords(db, classify);
    this.#stops = new FlowStops({ db, deadlineMs, logger });
    this.#noteTrouble = troubleNotes(db, logger);
    this.#executors = new Executors({
      id: this.#executorId,
      application: options.application,
      databaseUrl: options.databaseUrl,
      frozenAfterMs: options.frozenAfterMs,
      logger,
      heard: (queue) => (queue === null ? this.#news.tellAll() : this.#news.tell(queue)),
      adopt: async (ids) => {
        await DBOSExecutor.globalInstance?.recoverPendingWorkflows([...ids]);
        this.#news.tellAll();
      },
    });
  }

  /** For /readyz: null while flows are taken and run. */
  get problem(): string | null {
    return this.#isRunning ? this.#executors.problem : 'not running';
  }

  async start(): Promise<void> {
    if (this.#isRunning) return;
    const options = this.#options;
    for (const flow of options.flows) this.#register(flow);
    DBOS.setConfig({
      name: options.application,
      systemDatabaseUrl: options.databaseUrl,
      systemDatabaseSchemaName: ENGINE_SCHEMA,
      systemDatabasePoolSize: options.poolSizeMax,
      applicationVersion: APPLICATION_VERSION,
      listenQueues: options.queues.map(({ name }) => name),
      // Each queue waits for news in a place of its own, the engine's too.
      maxConcurrentQueueDispatches: options.queues.length + 1,
      executorID: this.#executorId,
      logger: engineLog(options.logger),
    });
    await this.#executors.start();
    await migrateEngine(options.databaseUrl, engineLog(options.logger));
    await this.#setLimits();
    await DBOS.launch();
    claimOnNews(this.#news, this.#waits);
    this.#isRunning = true;
  }

  /** Takes no more flows, waits for those under way, then lets go of the rest. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#news.stop();
    await DBOS.shutdown({ workflowCompletionTimeoutMS: this.#options.drainMs, deregister: true });
    await this.#executors.stop();
  }

  /** Before the launch: from then on flows are taken, and by the limits of whoever ran last until the engine looks again. */
  async #setLimits(): Promise<void> {
    const { databaseUrl, application, queues, logger } = this.#options;
    const client = await DBOSClient.create({
      systemDatabaseUrl: databaseUrl,
      systemDatabaseSchemaName: ENGINE_SCHEMA,
      systemDatabasePoolSize: 1,
      applicationName: application,
      logger: engineLog(logger),
    });
    try {
      for (const { name, concurrency, totalMax } of queues)
        await client.registerQueue(name, {
          workerConcurrency: Math.min(concurrency, totalMax ?? concurrency),
          ...(totalMax === undefined ? {} : { globalConcurrency: totalMax }),
          minPollingIntervalMs: LOOK_INTERVAL_MS,
          onConflict: 'always_update',
        });
    } finally {
      await client.destroy();
    }
  }

  #register(flow: Flow<string, World>): void {
    DBOS.registerWorkflow((input: State, origin: State) => this.#run(flow, input, origin), {
      name: flow.name,
      maxRecoveryAttempts: RECOVERY_ATTEMPTS_MAX,
    });
  }

  async #run(flow: Flow<string, World>, input: State, origin: State): Promise<void> {
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
    } finally {
      this.#news.tellOfEnd(this.#options.queueOf(flow.name));
    }
  }

  async #runSteps(
    flow: Flow<string, World>,
    input: State,
    { flowId, ownerToken }: Ownership,
    logger: Logger,
  ): Promise<void> {
    const { database: db, classify, clock, hungCalls, metrics: observer, worldOf } = this.#options;
    const journal = await openJournal({
      db,
      keep: this.#keep,
      flowId,
      ownerToken,
      classify,
      clock,
      logger,
    });
    const strangers = strangersIn(journal.recorded, flow.steps);
    if (strangers.length > 0)
      logger.warn({ steps: strangers }, 'goes on after steps that this release does not know');
    const queue = this.#options.queueOf(flow.name);
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
}
