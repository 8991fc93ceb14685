import type { Logger } from '#core/ports/logger.ts';
import { type ListenerRow, parseStats } from '../haproxy-stats.ts';
import { askHaproxy } from '../runtime-socket.ts';
import { writeWhole } from './atomic-file.ts';
import { within } from './within.ts';

const RELOAD_WAITS_MS = [500, 1500, 3000];
/** Who it is, and the rows of its frontends. */
const WORKER_QUESTION = 'show info;show stat -1 1 -1';
const STATE_MODE = 0o644;

/** Saves what HAProxy knows of its servers, so that after the reload those that are down are not tried again first. */
export async function saveServersState(
  statsSocket: string | null,
  file: string,
  logger: Logger,
): Promise<void> {
  if (statsSocket === null) return;
  try {
    await writeWhole(file, await askHaproxy(statsSocket, 'show servers state'), STATE_MODE);
  } catch (error) {
    logger.warn({ error, socket: statsSocket }, 'state of the servers not saved before the reload');
  }
}

export interface Replacement {
  readonly isReplaced: boolean;
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
  const old = await workerState(statsSocket);
  let lastOfOld = old?.listeners ?? [];
  for (const waitMs of RELOAD_WAITS_MS) {
    await signalReload();
    if (old === null) return { isReplaced: true, lastOfOld }; // it has no socket: there is nothing to ask
    const isReplaced = await within(waitMs, async () => {
      const current = await workerState(statsSocket);
      if (current?.pid === old.pid) lastOfOld = current.listeners;
      return current !== null && current.pid !== old.pid;
    });
    if (isReplaced) return { isReplaced, lastOfOld };
  }
  return { isReplaced: false, lastOfOld };
}

/** Of the worker process that answers on the socket; null when none does. */
async function workerState(statsSocket: string | null): Promise<WorkerState | null> {
  if (statsSocket === null) return null;
  try {
    const answer = await askHaproxy(statsSocket, WORKER_QUESTION);
    const pid = Number(/^Pid: (\d+)$/m.exec(answer)?.[1] ?? 0);
    const stats = answer.slice(Math.max(0, answer.indexOf('# pxname')));
    return pid > 0 ? { pid, listeners: parseStats(stats).listeners } : null;
  } catch {
    return null;
  }
}
