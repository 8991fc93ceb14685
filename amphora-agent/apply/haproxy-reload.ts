import type { Logger } from '#core/ports/logger.ts';
import { askHaproxy } from '../runtime-socket.ts';
import { writeWhole } from './atomic-file.ts';
import { configuredServers } from './haproxy-servers.ts';
import { reloadableState } from './haproxy-servers-state.ts';
import { within } from './within.ts';

const RELOAD_WAITS_MS = [500, 1500, 3000];
const START_WAIT_MS = 2000;
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
    return { isReplaced: true, workerPid: null };
  }
  const old = await firstAnswer(statsSocket);
  let pid = old;
  for (const waitMs of RELOAD_WAITS_MS) {
    await signalReload();
    const isReplaced = await within(waitMs, async () => {
      pid = (await workerPid(statsSocket)) ?? pid;
      return pid !== old;
    });
    if (isReplaced) return { isReplaced, workerPid: pid };
  }
  return { isReplaced: false, workerPid: pid };
}

/** Of a worker that may have been started only now: what is not known before the reload cannot be told from the new one. */
async function firstAnswer(statsSocket: string): Promise<number | null> {
  let pid: number | null = null;
  await within(START_WAIT_MS, async () => {
    pid = await workerPid(statsSocket);
    return pid !== null;
  });
  return pid;
}

/** Of the worker process that answers on the socket; null when none does. */
export async function workerPid(statsSocket: string | null): Promise<number | null> {
  if (statsSocket === null) return null;
  try {
    const pid = Number(/^Pid: (\d+)$/m.exec(await askHaproxy(statsSocket, 'show info'))?.[1] ?? 0);
    return pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
