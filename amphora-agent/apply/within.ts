import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 10;

/** Asks until it is so (true), or the time has passed (the last answer). */
export async function within(timeoutMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if (await isSo()) return true;
    await delay(POLL_MS);
  }
  return isSo();
}
