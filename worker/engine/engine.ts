import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import { claimOnNews } from './claims.ts';
import { engineLog } from './engine-log.ts';
import type { EngineOptions } from './engine-options.ts';
import { Executors } from './executors.ts';
import type { Flow, State } from './flow.ts';
import { FlowRunner } from './flow-runner.ts';
import { FlowWaits } from './flow-waits.ts';
import { setQueueLimits } from './queue-limits.ts';
import { QueueNews } from './queue-news.ts';
import { ENGINE_SCHEMA, engineUrl, migrateEngine } from './schema.ts';

/** Never changes: any release continues the flows of any other, step by step by their names. */
const APPLICATION_VERSION = '1';
/**
 * Starts after which a flow that takes its worker down with it every time is given up. Many, because workers also die of
 * other things, and one that is short of time may be killed more than once before a machine is built.
 */
const RECOVERY_ATTEMPTS_MAX = 30;

/** Takes flows from the queues and runs them. There is one in a process: the library underneath is global. */
export class Engine<World> {
  readonly name = 'engine';
  readonly #options: EngineOptions<World>;
  readonly #executors: Executors;
  readonly #news: QueueNews;
  readonly #waits: FlowWaits;
  readonly #runner: FlowRunner<World>;
  readonly #executorId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  #isRunning = false;

  constructor(options: EngineOptions<World>) {
    this.#options = options;
    const shared = options.queues.filter(({ totalMax }) => totalMax !== undefined);
    this.#news = new QueueNews(
      shared.map(({ name }) => name),
      options.clock,
    );
    this.#waits = new FlowWaits((queue) => this.#news.tell(queue));
    this.#runner = new FlowRunner(options, this.#waits);
    this.#executors = new Executors({
      id: this.#executorId,
      application: options.application,
      databaseUrl: options.databaseUrl,
      frozenAfterMs: options.frozenAfterMs,
      logger: options.logger,
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
    const { databaseUrl, flows, logger } = this.#options;
    for (const flow of flows) this.#register(flow);
    this.#configure();
    await this.#executors.start();
    await migrateEngine(databaseUrl, engineLog(logger));
    await setQueueLimits(this.#options);
    await DBOS.launch();
    claimOnNews(this.#news, this.#waits);
    this.#executors.watch();
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

  #register(flow: Flow<string, World>): void {
    const run = async (input: State, origin: State): Promise<void> => {
      try {
        await this.#runner.run(flow, input, origin);
      } finally {
        this.#news.tellOfEnd(this.#options.queueOf(flow.name));
      }
    };
    DBOS.registerWorkflow(run, {
      name: flow.name,
      maxRecoveryAttempts: RECOVERY_ATTEMPTS_MAX,
    });
  }

  #configure(): void {
    const { application, databaseUrl, poolSizeMax, queues, logger } = this.#options;
    DBOS.setConfig({
      name: application,
      systemDatabaseUrl: engineUrl(databaseUrl),
      systemDatabaseSchemaName: ENGINE_SCHEMA,
      systemDatabasePoolSize: poolSizeMax,
      applicationVersion: APPLICATION_VERSION,
      listenQueues: queues.map(({ name }) => name),
      // Each queue waits for news in a place of its own, the engine's too.
      maxConcurrentQueueDispatches: queues.length + 1,
      executorID: this.#executorId,
      logger: engineLog(logger),
    });
  }
}
