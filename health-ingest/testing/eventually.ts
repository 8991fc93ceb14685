import { setTimeout as delay } from 'node:timers/promises';

const WAIT_MS = 50;

/** Waits until `read` answers something other than undefined; what it throws counts as undefined until then. */
export async function eventually<Value>(
  read: () => Promise<Value | undefined> | Value | undefined,
  withinMs = 60_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await read();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await delay(WAIT_MS);
  }
  throw new Error(`it did not come to be within ${withinMs} ms`, { cause: last });
}
