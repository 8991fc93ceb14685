import { type HaproxyStats, type ListenerRow, parseStats } from './haproxy-stats.ts';
import { askHaproxy, askHaproxyMaster } from './runtime-socket.ts';

/** A process of HAProxy's that serves, or still finishes what it began before a reload. */
export interface Worker {
  readonly pid: number;
  readonly stats: HaproxyStats;
}

/** More of them, which long connections keep alive through many reloads, are not asked. */
const ASKED_MAX = 32;
const QUESTION = 'show info;show stat -1 -1 -1';
const FRONTENDS = 'show stat -1 1 -1';

/**
 * The worker that serves, with all it counts.
 * @throws when nobody answers
 */
export async function servingWorker(statsSocket: string): Promise<Worker> {
  const worker = workerIn(await askHaproxy(statsSocket, QUESTION));
  if (worker === null) throw new Error(`${statsSocket}: HAProxy does not say who it is`);
  return worker;
}

/** @param answer to `show info` and then `show stat`; null when there is no pid in it */
export function workerIn(answer: string): Worker | null {
  const pid = Number(/^Pid: (\d+)$/m.exec(answer)?.[1] ?? 0);
  const stats = answer.slice(Math.max(0, answer.indexOf('# pxname')));
  return pid > 0 ? { pid, stats: parseStats(stats) } : null;
}

export interface RetiredWorker {
  readonly pid: number;
  readonly listeners: readonly ListenerRow[];
}

/**
 * Those that reloads replaced and that are not done yet, each with what it says; nothing when it is just ending.
 * @returns null when the master cannot be asked: it is taking a new configuration over, or has no socket
 */
export async function retiredWorkers(
  masterSocket: string,
): Promise<readonly RetiredWorker[] | null> {
  try {
    const pids = retiredIn(await askHaproxyMaster(masterSocket, 'show proc'));
    const found: RetiredWorker[] = [];
    for (const [index, pid] of pids.entries()) {
      const isAsked = index < ASKED_MAX;
      const said = isAsked ? await askHaproxyMaster(masterSocket, `@!${pid} ${FRONTENDS}`) : '';
      found.push({ pid, listeners: parseStats(said).listeners });
    }
    return found;
  } catch {
    return null;
  }
}

/** @param processes as the master lists them, under headings */
export function retiredIn(processes: string): readonly number[] {
  const [, old = ''] = processes.split('# old workers\n');
  const [rows = ''] = old.split('\n#');
  return rows
    .split('\n')
    .flatMap((row) => /^(\d+)\s/.exec(row)?.[1] ?? [])
    .map(Number);
}
