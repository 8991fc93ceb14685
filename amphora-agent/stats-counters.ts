import { readIfPresent, writeWhole } from './apply/atomic-file.ts';
import type { ListenerRow, Totals } from './haproxy-stats.ts';

const MODE = 0o644;
const NONE: Totals = { bin: 0, bout: 0, ereq: 0, stot: 0 };

/**
 * Turns HAProxy's counters, which start again at zero with each of its processes, into increments. The last values
 * are on disk, so that a restart of the agent neither counts twice nor forgets.
 */
export class StatsCounters {
  readonly #file: string;
  #stored = '';
  #last: Map<string, Totals> | null = null;
  /** Counted already, but in no heartbeat yet. */
  readonly #unsent = new Map<string, Totals>();
  /** Whose process is being replaced: it cannot be told which one would be counted. */
  readonly #held = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes note of what HAProxy's processes say now. */
  async observe(listeners: readonly ListenerRow[]): Promise<void> {
    const last = await this.#load();
    for (const { id, totals } of listeners) {
      if (this.#held.has(id)) continue;
      const delta = increments(last.get(id) ?? NONE, totals);
      this.#unsent.set(id, sum(this.#unsent.get(id) ?? NONE, delta));
      last.set(id, totals);
    }
    await this.#store(last);
  }

  /** Their process is about to be replaced: until `release` nothing is counted. */
  hold(listenerIds: readonly string[]): void {
    for (const id of listenerIds) this.#held.add(id);
  }

  /**
   * @param lastOfOld what the process that was replaced, or was to be, said last
   * @param isReplaced the new process counts from zero, even if it soon says more than the old one did
   */
  async release(
    listenerIds: readonly string[],
    lastOfOld: readonly ListenerRow[],
    isReplaced: boolean,
  ): Promise<void> {
    for (const id of listenerIds) this.#held.delete(id);
    await this.observe(lastOfOld);
    const last = await this.#load();
    if (isReplaced) for (const id of listenerIds) last.set(id, NONE);
    await this.#store(last);
  }

  /** The increments since they were taken last. */
  take(listenerId: string): Totals {
    const taken = this.#unsent.get(listenerId) ?? NONE;
    this.#unsent.delete(listenerId);
    return taken;
  }

  /** Listeners that are gone must not stay in memory and in the file for ever. */
  async keepOnly(listenerIds: ReadonlySet<string>): Promise<void> {
    const last = await this.#load();
    for (const map of [last, this.#unsent])
      for (const id of map.keys()) if (!listenerIds.has(id)) map.delete(id);
    await this.#store(last);
  }

  async #load(): Promise<Map<string, Totals>> {
    if (this.#last !== null) return this.#last;
    const content = await readIfPresent(this.#file);
    this.#last = parseCounters(content?.toString('utf8') ?? '{}');
    return this.#last;
  }

  async #store(last: ReadonlyMap<string, Totals>): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(last));
    if (text === this.#stored) return;
    await writeWhole(this.#file, text, MODE, false);
    this.#stored = text;
  }
}

function increments(last: Totals, now: Totals): Totals {
  return {
    bin: since(last.bin, now.bin),
    bout: since(last.bout, now.bout),
    ereq: since(last.ereq, now.ereq),
    stot: since(last.stot, now.stot),
  };
}

/** A process that says less than before is another one: all that it says is new. */
function since(was: number, is: number): number {
  return is < was ? is : is - was;
}

function sum(a: Totals, b: Totals): Totals {
  return {
    bin: a.bin + b.bin,
    bout: a.bout + b.bout,
    ereq: a.ereq + b.ereq,
    stot: a.stot + b.stot,
  };
}

/** A damaged file costs one increment that is too large, not the heartbeats. */
function parseCounters(text: string): Map<string, Totals> {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return new Map(Object.entries(value).map(([id, totals]) => [id, totalsOf(totals)]));
  } catch {
    return new Map();
  }
}

function totalsOf(value: unknown): Totals {
  const raw = typeof value === 'object' && value !== null ? (value as Partial<Totals>) : {};

  return {
    bin: count(raw.bin),
    bout: count(raw.bout),
    ereq: count(raw.ereq),
    stot: count(raw.stot),
  };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0;
}
