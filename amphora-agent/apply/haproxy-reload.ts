import type { Logger } from '#core/ports/logger.ts';
import { askHaproxy } from '../runtime-socket.ts';
import { writeWhole } from './atomic-file.ts';
import { within } from './within.ts';

const RELOAD_TIMEOUT_MS = 5000;
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

/** The worker process that answers on the socket; null when none does. */
export async function workerPid(statsSocket: string | null): Promise<number | null> {
  if (statsSocket === null) return null;
  try {
    const info = await askHaproxy(statsSocket, 'show info');
    return Number(/^Pid: (\d+)$/m.exec(info)?.[1] ?? 0) || null;
  } catch {
    return null;
  }
}

/** A reload is a signal that nobody answers: it is done when another worker answers than before. */
export async function isReplaced(
  statsSocket: string | null,
  oldWorker: number | null,
): Promise<boolean> {
  if (statsSocket === null || oldWorker === null) return true;
  return within(RELOAD_TIMEOUT_MS, async () => {
    const worker = await workerPid(statsSocket);
    return worker !== null && worker !== oldWorker;
  });
}
