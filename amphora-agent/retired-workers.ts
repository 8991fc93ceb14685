import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from './haproxy-workers.ts';
import type { WorkerLine } from './worker-line.ts';

const LINES_MAX = 16;
/** HAProxy hangs up on who says nothing for 10 s. */
const INTERVALS_MS = { first: 250, later: 5000 } as const;
const FIRST_ROUNDS = 40;

/**
 * Workers that reloads replaced: each is asked what it counts until it serves nobody any more, and may end then. More
 * than some are left to themselves; heartbeats ask them.
 */
export class RetiredWorkers {
  readonly #note: (worker: Worker) => Promise<void>;
  readonly #lines = new Map<WorkerLine, Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(note: (worker: Worker) => Promise<void>) {
    this.#note = note;
  }

  get isFull(): boolean {
    return this.#lines.size >= LINES_MAX;
  }

  /** @param line to a worker that was just replaced */
  follow(line: WorkerLine | null): void {
    if (line === null) return;
    const followed = this.#follow(line).finally(() => {
      line.close();
      this.#lines.delete(line);
    });
    this.#lines.set(line, followed);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#lines.values());
  }

  async #follow(line: WorkerLine): Promise<void> {
    const { signal } = this.#stopped;
    for (let round = 0; !signal.aborted; round++) {
      const worker = await line.ask();
      if (worker === null) return;
      await this.#note(worker);
      if (worker.stats.listeners.every(({ activeConnections }) => activeConnections === 0)) return;
      const intervalMs = round < FIRST_ROUNDS ? INTERVALS_MS.first : INTERVALS_MS.later;
      await delay(intervalMs, undefined, { signal }).catch(() => {});
    }
  }
}
