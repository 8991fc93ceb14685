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

/** Microseconds of the busiest thread between two readings, the first thread of each process left out. */
export function busiestWorkerMicros(before: ThreadTimes, after: ThreadTimes): number {
  let busiest = 0;
  for (const [thread, ns] of after) {
    const [pid, tid] = thread.split('/');
    if (pid !== tid) busiest = Math.max(busiest, ns - (before.get(thread) ?? 0));
  }
  return busiest / 1000;
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
