import type { Logger } from '#core/ports/logger.ts';
import { askHaproxy } from '../runtime-socket.ts';
import { writeWhole } from './atomic-file.ts';
import { within } from './within.ts';

const RELOAD_WAITS_MS = [500, 1500, 3000];
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

/**
 * Reloads, and waits until another worker answers than before: a reload is a signal that nobody answers. HAProxy
 * loses one that comes while it is still starting, so that it is given again.
 * @param signalReload may be called several times
 * @returns false: the old worker serves on, with the old configuration
 */
export async function replaceWorker(
  statsSocket: string | null,
  signalReload: () => Promise<void>,
): Promise<boolean> {
  const oldWorker = await workerPid(statsSocket);
  for (const waitMs of RELOAD_WAITS_MS) {
    await signalReload();
    if (oldWorker === null) return true; // a configuration without a socket: there is nothing to ask
    const isReplaced = await within(waitMs, async () => {
      const worker = await workerPid(statsSocket);
      return worker !== null && worker !== oldWorker;
    });
    if (isReplaced) return true;
  }
  return false;
}

/** The worker process that answers on the socket; null when none does. */
async function workerPid(statsSocket: string | null): Promise<number | null> {
  if (statsSocket === null) return null;
  try {
    const info = await askHaproxy(statsSocket, 'show info');
    return Number(/^Pid: (\d+)$/m.exec(info)?.[1] ?? 0) || null;
  } catch {
    return null;
  }
}
