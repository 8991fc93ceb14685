import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { readIfPresent } from '../apply/atomic-file.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import { configuredLoadBalancers } from '../haproxy-config.ts';
import { type AgentPaths, loadBalancerPaths } from '../paths.ts';

export interface ProxyProcessOptions {
  readonly namespace: HaproxyNamespace;
  readonly paths: AgentPaths;
  readonly logger: Logger;
}

const PROGRAM = new URL('./main.ts', import.meta.url).pathname;
/** Most of what it needs is Node itself; a larger heap would only wait longer to be cleaned. */
const NODE_OPTIONS = ['--max-semi-space-size=2', '--max-old-space-size=160'];
/** A configuration with a PROMETHEUS listener has this section, whoever wrote it. */
const WANTED = /^backend prometheus-exporter-internal$/m;
const CHECK_INTERVAL_MS = 5000;
const RESTART_DELAY_MS = 1000;
const STOP_TIMEOUT_MS = 2000;
const OUTPUT_CHARS_MAX = 2000;

/**
 * Keeps the proxy running while a load balancer has a PROMETHEUS listener: looked at when the agent starts, when it
 * is told of a change, and every few seconds. A proxy that died is back within a second or two.
 */
export class ProxyProcess implements Service {
  readonly name = 'Prometheus proxy';
  readonly #options: ProxyProcessOptions;
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<void> | null = null;
  #isAskedAgain = false;

  constructor(options: ProxyProcessOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.check(), CHECK_INTERVAL_MS);
    this.check();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#turn;
    await this.#end();
  }

  /** The configurations may have changed. */
  check(): void {
    this.#isAskedAgain = this.#turn !== null;
    if (this.#timer === null) return;
    this.#turn ??= this.#follow()
      .catch((error: unknown) =>
        this.#options.logger.error({ error }, 'the Prometheus proxy is not looked after'),
      )
      .finally(() => {
        this.#turn = null;
        if (this.#isAskedAgain) this.check();
      });
  }

  async #follow(): Promise<void> {
    const isWanted = await this.#isWanted();
    if (isWanted && this.#child === null) this.#launch();
    if (!isWanted) await this.#end();
  }

  async #isWanted(): Promise<boolean> {
    const { paths } = this.#options;
    for (const id of await configuredLoadBalancers(paths)) {
      const text = (await readIfPresent(loadBalancerPaths(paths, id).config))?.toString('utf8');
      if (text !== undefined && WANTED.test(text)) return true;
    }
    return false;
  }

  #launch(): void {
    const { namespace, logger } = this.#options;
    const [program = '', ...args] = namespace.inside([process.execPath, ...NODE_OPTIONS, PROGRAM]);
    // As the agent itself: what is compiled once takes neither time nor the memory of the compiler again.
    const cache = process.env['NODE_COMPILE_CACHE'] ?? getCompileCacheDir();
    const env = { ...process.env, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) };
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], env });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-OUTPUT_CHARS_MAX);
    });
    child.stdin.on('error', () => {}); // it ended; 'close' tells
    child.once('error', (error) => logger.error({ error }, 'the Prometheus proxy does not start'));
    child.once('close', (code) => {
      if (this.#child !== child) return;
      this.#child = null;
      logger.error({ code, output: said }, 'the Prometheus proxy ended, it is started again');
      setTimeout(() => this.check(), RESTART_DELAY_MS).unref();
    });
    logger.info({ namespace: namespace.name, pid: child.pid }, 'Prometheus proxy started');
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    child.stdin?.end();
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await once(child, 'close');
    clearTimeout(patience);
    this.#options.logger.info({}, 'Prometheus proxy stopped: no listener wants it');
  }
}
