import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild, endOf, hasEnded, orphanSignal, spawnChild } from './child-process.ts';
import { type CloudState, readState } from './state-file.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const START_TIMEOUT_MS = 90_000;
const STOP_MAX_MS = 60_000;
const POLL_MS = 20;
const OUTPUT_LINES_MAX = 2000;

/** A one-box cloud as a child process: what `npm start` runs, for the demo and the tests. */
export class CloudProcess {
  readonly #dataDir: string;
  readonly #args: readonly string[];
  readonly #onLine: (line: string) => void;
  readonly #before: readonly string[];
  readonly #output: string[] = [];
  #child: ChildProcess | undefined;

  /**
   * @param args as after `npm start --`, without --data-dir
   * @param before a command that runs it in its place, such as one that gives up root
   */
  constructor(
    dataDir: string,
    args: readonly string[],
    onLine: (line: string) => void = () => {},
    before: readonly string[] = [],
  ) {
    this.#dataDir = dataDir;
    this.#args = args;
    this.#onLine = onLine;
    this.#before = before;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it printed, the newest lines. */
  get output(): string {
    return this.#output.join('\n');
  }

  /** Resolves when every daemon is ready. @throws Error with its output when it ends instead */
  async start(): Promise<CloudState> {
    const child = spawnChild(
      [
        ...this.#before,
        ...orphanSignal('TERM'),
        process.execPath,
        MAIN,
        '--data-dir',
        this.#dataDir,
        ...this.#args,
      ],
      { onOutput: (line) => this.#note(line) },
    );
    this.#child = child;
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadlineMs) {
      const state = readState(this.#dataDir);
      if (state?.status === 'ready' && state.supervisor.pid === child.pid) return state;
      if (hasEnded(child)) break;
      await delay(POLL_MS);
    }
    const how = hasEnded(child) ? await endOf(child) : `not up after ${START_TIMEOUT_MS / 1000} s`;
    await this.stop();
    throw new Error(`the cloud did not start (${how}):\n${this.output}`);
  }

  /** As Ctrl-C does. */
  async stop(): Promise<void> {
    if (this.#child) await endChild(this.#child, 'SIGTERM', STOP_MAX_MS);
  }

  /** As the kernel does when memory is short. */
  async kill(): Promise<void> {
    if (!this.#child) return;
    this.#child.kill('SIGKILL');
    await endOf(this.#child);
  }

  /** Resolves when it has ended, saying how. */
  async ended(): Promise<string> {
    return this.#child ? endOf(this.#child) : 'not started';
  }

  #note(line: string): void {
    this.#output.push(line);
    if (this.#output.length > OUTPUT_LINES_MAX) this.#output.shift();
    this.#onLine(line);
  }
}
