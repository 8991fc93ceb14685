import type { Logger } from '#core/ports/logger.ts';
import { type ListenerRow, parseStats } from '../haproxy-stats.ts';
import { askHaproxy } from '../runtime-socket.ts';
import { writeWhole } from './atomic-file.ts';
import { configuredServers } from './haproxy-servers.ts';
import { reloadableState } from './haproxy-servers-state.ts';
import { within } from './within.ts';

const RELOAD_WAITS_MS = [500, 1500, 3000];
const START_WAIT_MS = 2000;
/** Who it is, and the rows of its frontends. */
const WORKER_QUESTION = 'show info;show stat -1 1 -1';
const STATE_MODE = 0o644;

/** Saves what HAProxy knows of its servers, so that after the reload those that are down are not tried again first. */
export async function saveServersState(
  statsSocket: string | null,
  file: string,
  wanted: string,
  logger: Logger,
): Promise<void> {
  if (statsSocket === null) return;
  try {
    const state = await askHaproxy(statsSocket, 'show servers state');
    await writeWhole(file, reloadableState(state, configuredServers(wanted)), STATE_MODE);
  } catch (error) {
    logger.warn({ error, socket: statsSocket }, 'state of the servers not saved before the reload');
  }
}

export interface Replacement {
  readonly isReplaced: boolean;
  /** Who serves now; null when nobody can be asked. */
  readonly workerPid: number | null;
  /** The last that the old worker said of its listeners; of what it served after that nobody knows. */
  readonly lastOfOld: readonly ListenerRow[];
}

interface WorkerState {
  readonly pid: number;
  readonly listeners: readonly ListenerRow[];
}

/**
 * Reloads, and waits until another worker answers than before: a reload is a signal that nobody answers. HAProxy
 * loses one that comes while it is still starting, so that it is given again.
 * @param signalReload may be called several times
 * @returns not replaced: the old worker serves on, with the old configuration
 */
export async function replaceWorker(
  statsSocket: string | null,
  signalReload: () => Promise<void>,
): Promise<Replacement> {
  if (statsSocket === null) {
    await signalReload(); // there is nobody to ask what came of it
    return { isReplaced: true, workerPid: null, lastOfOld: [] };
  }
  const old = await firstAnswer(statsSocket);
  let workerPid = old?.pid ?? null;
  let lastOfOld = old?.listeners ?? [];
  for (const waitMs of RELOAD_WAITS_MS) {
    await signalReload();
    const isReplaced = await within(waitMs, async () => {
      const current = await workerState(statsSocket);
      if (current?.pid === old?.pid) lastOfOld = current?.listeners ?? lastOfOld;
      else workerPid = current?.pid ?? workerPid;
      return current !== null && current.pid !== old?.pid;
    });
    if (isReplaced) return { isReplaced, workerPid, lastOfOld };
  }
  return { isReplaced: false, workerPid, lastOfOld };
}

/** Of a worker that may have been started only now: what is not known before the reload cannot be told from the new one. */
async function firstAnswer(statsSocket: string): Promise<WorkerState | null> {
  let state: WorkerState | null = null;
  await within(START_WAIT_MS, async () => {
    state = await workerState(statsSocket);
    return state !== null;
  });
  return state;
}

export async function workerPid(statsSocket: string | null): Promise<number | null> {
  return statsSocket === null ? null : ((await workerState(statsSocket))?.pid ?? null);
}

/** Of the worker process that answers on the socket; null when none does. */
async function workerState(statsSocket: string): Promise<WorkerState | null> {
  try {
    const answer = await askHaproxy(statsSocket, WORKER_QUESTION);
    const pid = Number(/^Pid: (\d+)$/m.exec(answer)?.[1] ?? 0);
    const stats = answer.slice(Math.max(0, answer.indexOf('# pxname')));
    return pid > 0 ? { pid, listeners: parseStats(stats).listeners } : null;
  } catch {
    return null;
  }
}
