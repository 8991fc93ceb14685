import { readdirSync, readFileSync } from 'node:fs';

/** CPU time by thread, in nanoseconds, as the scheduler counts it. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** CPU time of all threads of some processes; the key is `pid/tid`. Those that end meanwhile drop out. */
export function threadTimes(pids: readonly number[]): ThreadTimes {
  const times = new Map<string, number>();
  for (const pid of pids)
    for (const thread of listed(`/proc/${pid}/task`)) {
      const [onCpuNs] = text(`/proc/${pid}/task/${thread}/schedstat`).split(' ');
      if (onCpuNs) times.set(`${pid}/${thread}`, Number(onCpuNs));
    }
  return times;
}

/** Microseconds of CPU that passed between two readings. */
export function cpuMicros(before: ThreadTimes, after: ThreadTimes): number {
  let total = 0;
  for (const [thread, ns] of after) total += ns - (before.get(thread) ?? 0);
  return total / 1000;
}

/** How a process with receiving threads spent its time between two readings, in microseconds. */
export interface ThreadShares {
  /** The first thread: writers, scheduler, metrics. */
  readonly main: number;
  /** The busiest of the others: one that receives. */
  readonly receiving: number;
  /** The runtime's own, such as garbage collection, and other receiving threads. */
  readonly rest: number;
}

export function threadShares(pid: number, before: ThreadTimes, after: ThreadTimes): ThreadShares {
  let main = 0;
  const others: number[] = [];
  for (const [thread, ns] of after) {
    const micros = (ns - (before.get(thread) ?? 0)) / 1000;
    if (thread === `${pid}/${pid}`) main = micros;
    else others.push(micros);
  }
  const receiving = Math.max(0, ...others);
  const rest = others.reduce((total, micros) => total + micros, 0) - receiving;
  return { main, receiving, rest };
}

/** A process and all it started. */
export function family(pid: number): readonly number[] {
  const children = listed(`/proc/${pid}/task`).flatMap((thread) =>
    text(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

/** Resident memory, in bytes: now, and at its highest. */
export function memoryOf(pid: number): { readonly rssBytes: number; readonly peakBytes: number } {
  const status = text(`/proc/${pid}/status`);
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { rssBytes: field('VmRSS'), peakBytes: field('VmHWM') };
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
