import { setTimeout as delay } from 'node:timers/promises';
import { type CloudState, isAlive, type KnownProcess } from './state-file.ts';

const GRACE_MS = 5000;
const POLL_MS = 50;

/**
 * Ends what a supervisor that was killed left running. Its children were told to end when it died; this waits for the
 * last of them, so that the ports are free and nobody writes behind our back, and in the end insists.
 * @returns the names of those that had to be waited for
 */
export async function endLeftovers(state: CloudState): Promise<readonly string[]> {
  const left = Object.entries(state.processes).filter(([, known]) => isAlive(known));
  await Promise.all(left.map(([name, known]) => end(name, known)));
  return left.map(([name]) => name);
}

async function end(name: string, known: KnownProcess): Promise<void> {
  // To PostgreSQL, TERM means to wait for its clients, INT to end now and cleanly.
  signal(known, name === 'postgresql' ? 'SIGINT' : 'SIGTERM');
  const deadlineMs = performance.now() + GRACE_MS;
  while (isAlive(known) && performance.now() < deadlineMs) await delay(POLL_MS);
  signal(known, 'SIGKILL');
  while (isAlive(known) && performance.now() < deadlineMs + GRACE_MS) await delay(POLL_MS);
}

function signal(known: KnownProcess, what: NodeJS.Signals): void {
  if (!isAlive(known)) return;
  try {
    process.kill(known.pid, what);
  } catch {
    // It ended in between.
  }
}
