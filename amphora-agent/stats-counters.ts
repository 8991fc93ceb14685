import { readIfPresent, writeWhole } from './apply/atomic-file.ts';
import type { ListenerRow, Totals } from './haproxy-stats.ts';
import { increments, type ListenerCounters, NONE, parseCounters, sum } from './stored-counters.ts';

const MODE = 0o644;
const WORKERS_MAX = 64;
const UNSEEN: ListenerCounters = { workers: {}, unsent: NONE, unnamed: null };

/**
 * Turns counters that start again at zero with each process of HAProxy's into increments. Processes are told apart,
 * for after a reload several serve the same listener: the last value of each is kept, and what was counted and is in
 * no heartbeat yet; on disk, so that a restart of the agent neither counts twice nor forgets.
 */
export class StatsCounters {
  readonly #file: string;
  #stored = '';
  #listeners: Map<string, ListenerCounters> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Takes note of what one process says now.
   * @param worker tells it from all others that count the same listeners
   */
  async observe(worker: string, listeners: readonly ListenerRow[]): Promise<void> {
    const known = await this.#load();
    for (const { id, totals } of listeners) {
      const { workers, unsent, unnamed } = known.get(id) ?? UNSEEN;
      const last = workers[worker] ?? unnamed ?? NONE;
      known.set(id, {
        workers: newest({ ...workers, [worker]: totals }),
        unsent: sum(unsent, increments(last, totals)),
        unnamed: null,
      });
    }
  }

  /** The increments since they were taken last. */
  async take(listenerId: string): Promise<Totals> {
    const known = await this.#load();
    const counters = known.get(listenerId);
    if (counters === undefined) return NONE;
    known.set(listenerId, { ...counters, unsent: NONE });
    return counters.unsent;
  }

  /** What was taken reached nobody: it is in the next one. */
  async putBack(listenerId: string, taken: Totals): Promise<void> {
    const known = await this.#load();
    const counters = known.get(listenerId);
    if (counters !== undefined)
      known.set(listenerId, { ...counters, unsent: sum(counters.unsent, taken) });
  }

  /** Processes of these listeners that have ended count no more. */
  async forgetWorkers(listenerIds: readonly string[], living: ReadonlySet<string>): Promise<void> {
    const known = await this.#load();
    for (const id of listenerIds) {
      const counters = known.get(id);
      if (counters === undefined) continue;
      const left = Object.entries(counters.workers).filter(([worker]) => living.has(worker));
      known.set(id, { ...counters, workers: Object.fromEntries(left) });
    }
  }

  /** Listeners that are gone must not stay in memory and in the file for ever. */
  async keepOnly(listenerIds: ReadonlySet<string>): Promise<void> {
    const known = await this.#load();
    for (const id of known.keys()) if (!listenerIds.has(id)) known.delete(id);
  }

  /** Puts all of it on disk. */
  async save(): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(await this.#load()));
    if (text === this.#stored) return;
    await writeWhole(this.#file, text, MODE, false);
    this.#stored = text;
  }

  async #load(): Promise<Map<string, ListenerCounters>> {
    if (this.#listeners !== null) return this.#listeners;
    const content = await readIfPresent(this.#file);
    this.#listeners ??= parseCounters(content?.toString('utf8') ?? '{}');
    return this.#listeners;
  }
}

/** Where nobody tells which processes have ended, those that were seen first have. */
function newest(workers: ListenerCounters['workers']): ListenerCounters['workers'] {
  return Object.fromEntries(Object.entries(workers).slice(-WORKERS_MAX));
}
