import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from './start-problem.ts';

/** A process that can be started, watched and stopped: PostgreSQL, Redis or a daemon. */
export interface Runner {
  readonly pid: number | undefined;
  /** Resolves when it works; rejects when it ended, or does not work in time. */
  start(): Promise<void>;
  /** Resolves when it has ended, saying how. */
  ended(): Promise<string>;
  stop(): Promise<void>;
}

const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 5000;
// Who has worked for so long and dies does not fail to start: a new story, and not the next round of a crash loop.
const STEADY_MS = 3000;

/** Keeps one process running: what dies is started again, at once the first time and ever slower in a crash loop. */
export class Supervised {
  readonly name: string;
  readonly #runner: Runner;
  readonly #onChange: (line: string) => void;
  readonly #stopping = new AbortController();
  #restarts = 0;
  #backoffMs = BACKOFF_FIRST_MS;
  #watch: Promise<void> | undefined;

  /** @param onChange told, in a line for people, whenever its pid may have changed */
  constructor(name: string, runner: Runner, onChange: (line: string) => void) {
    this.name = name;
    this.#runner = runner;
    this.#onChange = onChange;
  }

  get pid(): number | undefined {
    return this.#runner.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  async start(): Promise<void> {
    if (this.#watch) return;
    await this.#runner.start();
    this.#watch = this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#runner.stop();
    await this.#watch;
    // A restart that was under way may have started it again in between.
    await this.#runner.stop();
  }

  async #keepRunning(): Promise<void> {
    let readyMs = performance.now();
    while (!this.#stopping.signal.aborted) {
      const how = await this.#runner.ended();
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - readyMs > STEADY_MS) this.#backoffMs = BACKOFF_FIRST_MS;
      this.#onChange(`${this.name} ended (${how}), starting it again`);
      await this.#pause();
      readyMs = (await this.#startAgain()) ? performance.now() : Number.POSITIVE_INFINITY;
    }
  }

  /** @returns whether it works */
  async #startAgain(): Promise<boolean> {
    if (this.#stopping.signal.aborted) return false;
    this.#restarts += 1;
    try {
      await this.#runner.start();
      this.#onChange(`${this.name} runs again, pid ${this.#runner.pid}`);
      return true;
    } catch (error) {
      // It may have ended, or only be slow: `ended` tells which, and the loop goes on either way.
      if (!this.#stopping.signal.aborted)
        this.#onChange(`${this.name} does not come up: ${reasonOf(error)}`);
      return false;
    }
  }

  async #pause(): Promise<void> {
    const pauseMs = this.#backoffMs;
    this.#backoffMs = Math.min(pauseMs * 2, BACKOFF_MAX_MS);
    await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
