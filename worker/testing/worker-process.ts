import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import type { Stops } from './kill-points.ts';
import type { Release } from './releases.ts';

const PROGRAM = new URL('./noop-worker.ts', import.meta.url);
const PATIENCE_MS = 60_000;

export interface WorkerFaults {
  /** Driver call that takes its time. */
  readonly stallAt?: string;
  /** Where flows stop for ever. */
  readonly stops?: Stops;
  readonly release?: Release;
}

/** A worker with noop drivers in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #said = new Set<unknown>();

  constructor(
    databaseUrl: string,
    { stallAt = '', stops = {}, release = 'this' }: WorkerFaults = {},
  ) {
    this.#child = fork(PROGRAM, {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        STALL_AT: stallAt,
        STOPS: JSON.stringify(stops),
        RELEASE: release,
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // What works today and not in the next release of a package is found here.
      execArgv: ['--throw-deprecation'],
    });
    this.#child.on('message', (message) => this.#said.add(message));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#lines.push(...text.split('\n').filter((line) => line !== ''));
    });
  }

  /** What its log says, a line each. */
  get log(): readonly Record<string, unknown>[] {
    return this.#lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /**
   * Resolves once the worker said that it is `ready`, has `reached` the call at which it stalls, or the id of a load
   * balancer whose flow has stopped.
   */
  async says(word: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!this.#said.has(word)) await once(this.#child, 'message', { signal });
  }

  /** Resolves once a log line holds that text. */
  async logs(text: string): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!this.#lines.some((line) => line.includes(text))) {
      if (performance.now() > deadlineMs) throw new Error(`the worker never logged "${text}"`);
      await delay(20);
    }
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** Gone for good, stopped or not. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
