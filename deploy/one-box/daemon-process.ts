import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { endChild, endOf, hasEnded, orphanSignal, spawnChild } from './child-process.ts';
import type { Runner } from './supervised.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 25;
/** More than graceful_shutdown_timeout of the generated configuration: a daemon that drains is not cut off. */
const DRAIN_MAX_MS = 20_000;

export interface DaemonOptions {
  /** A top-level folder with a main.ts. */
  readonly folder: string;
  readonly configFile: string;
  readonly nodeFlags: readonly string[];
  /** Where it serves /readyz. */
  readonly telemetryUrl: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onOutput: (line: string) => void;
}

/** One of our daemons as a child process under this Node. */
export class DaemonProcess implements Runner {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#child && !hasEnded(this.#child)) return;
    const { folder, configFile, nodeFlags, environment, onOutput } = this.#options;
    const main = join(CHECKOUT, folder, 'main.ts');
    const child = spawnChild(
      [...orphanSignal('TERM'), process.execPath, ...nodeFlags, main, '--config-file', configFile],
      { cwd: CHECKOUT, env: environment, onOutput },
    );
    this.#child = child;
    await this.#untilReady(child);
  }

  async ended(): Promise<string> {
    return this.#child ? endOf(this.#child) : 'not started';
  }

  /** Drains it: it finishes what it has under way. */
  async stop(): Promise<void> {
    if (this.#child) await endChild(this.#child, 'SIGTERM', DRAIN_MAX_MS);
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    let said = 'no answer';
    while (performance.now() < deadlineMs) {
      if (hasEnded(child)) throw new Error(await endOf(child));
      said = await readiness(this.#options.telemetryUrl);
      if (said === 'ready') return;
      await delay(POLL_MS);
    }
    throw new Error(`not ready after ${START_TIMEOUT_MS / 1000} s: ${said}`);
  }
}

async function readiness(telemetryUrl: string): Promise<string> {
  try {
    const { statusCode, body } = await request(`${telemetryUrl}/readyz`, { headersTimeout: 5000 });
    const text = await body.text();
    return statusCode === 200 ? 'ready' : text.trim().replaceAll('\n', ', ');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
