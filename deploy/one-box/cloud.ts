import { join } from 'node:path';
import { migrate } from '#core/db/migrate.ts';
import { type Database, openDatabase } from '#core/db/pool.ts';
import { NODE_FLAGS } from '../../health-ingest/node-flags.ts';
import { migrateEngine } from '../../worker/engine/schema.ts';
import { compileAgent } from './compiled-agent.ts';
import { prepareCredentials, preparePassword } from './credentials.ts';
import { DaemonProcess } from './daemon-process.ts';
import { DAEMONS } from './daemons.ts';
import { openGround } from './ground.ts';
import { lineLogger } from './line-logger.ts';
import { LogFile } from './log-file.ts';
import { readOwnOptions, writeOctaviaConf } from './octavia-conf.ts';
import type { OneBoxOptions } from './options.ts';
import { PrivatePostgres } from './private-postgres.ts';
import { PrivateRedis } from './private-redis.ts';
import { reasonOf, StartProblem } from './start-problem.ts';
import { StateKeeper } from './state-keeper.ts';
import { type Runner, Supervised } from './supervised.ts';
import type { Terminal } from './terminal.ts';

const DATABASE = 'octavia';
const MIGRATIONS = new URL('../../core/db/migrations/', import.meta.url);

interface Part {
  readonly name: string;
  stop(): Promise<void>;
}

/**
 * The whole cloud on this machine. Parts start in the order in which they stand on each other and stop in reverse;
 * `stop` also undoes a start that failed half way. The data folder stays.
 */
export class OneBoxCloud {
  readonly #options: OneBoxOptions;
  readonly #terminal: Terminal;
  readonly #state: StateKeeper;
  readonly #started: Part[] = [];
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: OneBoxOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
    this.#state = new StateKeeper(options);
  }

  get state(): StateKeeper {
    return this.#state;
  }

  /** @throws StartProblem, also when `stop` was called meanwhile */
  async start(): Promise<void> {
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  /** Safe to call twice, and during a start. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #startAll(): Promise<void> {
    const { step } = this.#terminal;
    const own = readOwnOptions(this.#options.configFile);
    const [credentials, postgresUrl, redisUrl] = await Promise.all([
      step('certificates', () => prepareCredentials(join(this.#options.dataDir, 'certs'))),
      step('PostgreSQL', () => this.#startPostgres()),
      step('Redis', () => this.#startRedis()),
      ...(this.#options.drivers === 'local'
        ? [step('agent', () => compileAgent(this.#cache))]
        : []),
    ]);
    const database = this.#openDatabase(postgresUrl);
    await step('schema', () => prepareSchema(database, postgresUrl));
    const ground = openGround(
      this.#options,
      database,
      lineLogger('networks', this.#openLog('networks').write),
    );
    this.#add({ name: 'networks', stop: () => ground.stop() });
    await step('networks', () => ground.start());
    const { heartbeatHost, networks, qosPolicies } = ground;
    const endpoints = { postgresUrl, redisUrl, heartbeatHost };
    const conf = writeOctaviaConf(this.#options, credentials, endpoints, own);
    this.#state.update({ postgresUrl, redisUrl, networks, qosPolicies, ...conf });
    await step('daemons', () => this.#startDaemons(conf.configFile));
    this.#state.update({ status: 'ready' });
  }

  /** A start under way fails as soon as what it stands on stops; what it still brought up goes in the second round. */
  async #stopAll(): Promise<void> {
    this.#state.update({ status: 'stopping' });
    await this.#stopStarted();
    await this.#starting?.catch(() => {});
    await this.#stopStarted();
    this.#state.remove();
  }

  async #stopStarted(): Promise<void> {
    for (const part of this.#started.splice(0).toReversed()) {
      await this.#terminal
        .step(`stopped ${part.name}`, () => part.stop())
        .catch((error: unknown) =>
          this.#terminal.print(`could not stop ${part.name}: ${reasonOf(error)}`),
        );
    }
  }

  #add(part: Part): void {
    if (this.#stopping) throw new StartProblem('stopped before it was up');
    this.#started.push(part);
  }

  async #startPostgres(): Promise<string> {
    const { dataDir, postgresPort: port } = this.#options;
    const password = preparePassword(join(dataDir, 'certs'), 'postgresql');
    const postgres = await this.#supervise(
      'postgresql',
      (onOutput) =>
        new PrivatePostgres({
          dataDir: join(dataDir, 'postgresql'),
          port,
          isDurable: true,
          password,
          onOutput,
        }),
    );
    await postgres.createDatabase(DATABASE);
    return postgres.url(DATABASE);
  }

  async #startRedis(): Promise<string> {
    const { dataDir, redisPort: port } = this.#options;
    const password = preparePassword(join(dataDir, 'certs'), 'redis');
    const redis = await this.#supervise(
      'redis',
      (onOutput) => new PrivateRedis({ dataDir: join(dataDir, 'redis'), port, password, onOutput }),
    );
    return redis.url;
  }

  #openDatabase(url: string): Database {
    const database = openDatabase(
      { connection: url, poolSizeMax: 4, poolTimeoutMs: 10_000, applicationName: 'one-box' },
      () => {}, // PostgreSQL was restarted; the supervisor says so already
    );
    this.#add({ name: 'database connections', stop: () => database.end() });
    return database;
  }

  /** Compiled code is kept, which takes a third off the start of each process. */
  get #cache(): string {
    return process.env['NODE_COMPILE_CACHE'] ?? join(this.#options.dataDir, 'cache');
  }

  /** All at once: none needs another to start. */
  async #startDaemons(configFile: string): Promise<void> {
    const environment = { ...process.env, NODE_COMPILE_CACHE: this.#cache };
    const start = async (folder: string): Promise<void> => {
      const telemetryUrl = this.#state.telemetryUrl(folder);
      await this.#supervise(
        folder,
        (onOutput) =>
          new DaemonProcess({
            folder,
            configFile,
            nodeFlags: folder === 'health-ingest' ? NODE_FLAGS : [],
            telemetryUrl,
            environment,
            onOutput,
          }),
      );
    };
    await Promise.all(DAEMONS.toReversed().map(({ folder }) => start(folder)));
  }

  /** Starts one process that is to stay, with a log of its own. */
  async #supervise<Own extends Runner>(
    name: string,
    make: (onOutput: (line: string) => void) => Own,
  ): Promise<Own> {
    const log = this.#openLog(name);
    const runner = make(log.write);
    const supervised = new Supervised(name, runner, (line) => {
      this.#terminal.print(`${'supervisor'.padEnd(13)} ${line}`);
      this.#state.setProcess(name, supervised.pid);
    });
    this.#add(supervised);
    await supervised.start().catch((error: unknown) => {
      throw new StartProblem(
        `${name} does not start (${reasonOf(error)}): ${log.lastWords}; its log is ${log.file}`,
      );
    });
    this.#state.setProcess(name, supervised.pid);
    return runner;
  }

  #openLog(name: string): LogFile {
    const { dataDir, isVerbose } = this.#options;
    const file = join(dataDir, 'logs', `${name}.log`);
    return new LogFile(name, file, isVerbose, this.#terminal.print);
  }
}

async function prepareSchema(database: Database, url: string): Promise<void> {
  await migrate(database, MIGRATIONS);
  await migrateEngine(url);
}
