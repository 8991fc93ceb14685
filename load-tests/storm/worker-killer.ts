import { setTimeout as delay } from 'node:timers/promises';

const LOOK_INTERVAL_MS = 50;

/** Kills the worker again and again, from the moment it is made: who starts it anew is the supervisor. */
export class WorkerKiller {
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #kills = 0;

  /** @param pidOf of the worker that runs now; null while none does. @param intervalMs 0: none is killed */
  constructor(pidOf: () => number | null, intervalMs: number) {
    this.#loop = intervalMs === 0 ? Promise.resolve() : this.#run(pidOf, intervalMs);
  }

  get kills(): number {
    return this.#kills;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(pidOf: () => number | null, intervalMs: number): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pid = pidOf();
      // Each gets its time from when it is ready, however long the machine takes to bring it up.
      await delay(pid === null ? LOOK_INTERVAL_MS : intervalMs, undefined, { signal }).catch(
        () => {},
      );
      if (signal.aborted || pid === null || pidOf() !== pid) continue;
      process.kill(pid, 'SIGKILL');
      this.#kills += 1;
    }
  }
}
