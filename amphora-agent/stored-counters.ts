import type { Totals } from './haproxy-stats.ts';

export const NONE: Totals = { bin: 0, bout: 0, ereq: 0, stot: 0 };

/** What is known of one listener. */
export interface ListenerCounters {
  /** The last values of each process that serves it. */
  readonly workers: Readonly<Record<string, Totals>>;
  /** Counted already, but in no heartbeat yet. */
  readonly unsent: Totals;
  /** From a file as Octavia's agent and our first ones wrote it, which names no process: that of whoever is seen first. */
  readonly unnamed: Totals | null;
}

export function increments(last: Totals, now: Totals): Totals {
  return combined(last, now, (was, is) => (is < was ? is : is - was)); // less than before: it began anew
}

export function sum(a: Totals, b: Totals): Totals {
  return combined(a, b, (one, other) => one + other);
}

/** A damaged file costs one increment that is too large, not the heartbeats. */
export function parseCounters(text: string): Map<string, ListenerCounters> {
  try {
    const entries = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>);
    return new Map(entries.map(([id, value]) => [id, countersOf(record(value))]));
  } catch {
    return new Map();
  }
}

function countersOf(raw: Readonly<Record<string, unknown>>): ListenerCounters {
  const workers = Object.entries(record(raw['workers']));
  return {
    workers: Object.fromEntries(workers.map(([worker, totals]) => [worker, totalsOf(totals)])),
    unsent: totalsOf(raw['unsent']),
    unnamed: 'stot' in raw ? totalsOf(raw) : null,
  };
}

function totalsOf(value: unknown): Totals {
  const { bin, bout, ereq, stot } = record(value);
  return { bin: count(bin), bout: count(bout), ereq: count(ereq), stot: count(stot) };
}

function combined(a: Totals, b: Totals, by: (a: number, b: number) => number): Totals {
  return {
    bin: by(a.bin, b.bin),
    bout: by(a.bout, b.bout),
    ereq: by(a.ereq, b.ereq),
    stot: by(a.stot, b.stot),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}
