import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';

const RESTART_AFTER_MS = 1000;

export interface ProviderAgentOptions {
  readonly name: string;
  /** The program and its arguments, separated by blanks. */
  readonly command: string;
  /** What it finds in its environment besides ours, such as where our sockets are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly shutdownTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly started: () => void;
}

/**
 * A provider's own program, beside our sockets for as long as we live. One that fails is started again; one that ends
 * well has nothing to do and is left alone. It dies with us, not even our death by SIGKILL leaves it behind.
 */
export class ProviderAgent implements Service {
  readonly name: string;
  readonly #options: ProviderAgentOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: ProviderAgentOptions) {
    this.name = `provider agent ${options.name}`;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  /** Resolves once it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill('SIGTERM');
    const overdue = setTimeout(() => {
      this.#options.logger.warn(
        { provider_agent: this.#options.name },
        'a provider agent did not end in time, killing it',
      );
      this.#child?.kill('SIGKILL');
    }, this.#options.shutdownTimeoutMs);
    await this.#loop;
    clearTimeout(overdue);
  }

  async #run(): Promise<void> {
    const { clock, logger, name } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const ending = await this.#runOnce();
      if (signal.aborted) return;
      const fields = { provider_agent: name, ending };
      if (ending === 'exit code 0') return logger.info(fields, 'a provider agent has ended');
      logger.error(fields, 'a provider agent failed, starting it again');
      await clock.sleep(RESTART_AFTER_MS, signal).catch(() => undefined);
    }
  }

  /** @returns how it ended */
  async #runOnce(): Promise<string> {
    const { command, environment, started } = this.#options;
    const words = command.split(/\s+/).filter((word) => word !== '');
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...words], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#child = child;
    started();
    try {
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
      return code === null ? `killed by ${killedBy}` : `exit code ${code}`;
    } catch (error) {
      return String(error);
    } finally {
      this.#child = undefined;
    }
  }
}
