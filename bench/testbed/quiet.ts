import { setTimeout as delay } from 'node:timers/promises';
import type { Observed } from './observe.ts';

const INTERVAL_MS = 300;

/**
 * Waits until nothing lies in the streams of Redis and PostgreSQL has no statement of others under way.
 * @returns milliseconds waited; null when it did not become quiet in time
 */
export async function quiet(
  { servers, client }: Observed,
  withinMs: number,
): Promise<number | null> {
  const startedAt = performance.now();
  for (let quietLooks = 0; performance.now() - startedAt < withinMs; ) {
    const isQuiet = (await waitingEntries(servers.redis)) === 0 && !(await isWriting(client));
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    if (quietLooks === 2) return performance.now() - startedAt;
    await delay(INTERVAL_MS);
  }
  return null;
}

/** What the writers have not taken out yet. Sightings are never taken out, they run out of the other end. */
async function waitingEntries(redis: Observed['servers']['redis']): Promise<number> {
  const keys = await redis.keys('{octavia-health}:stat*');
  const lengths = await Promise.all(keys.map((key) => redis.xlen(key)));
  return lengths.reduce((total, length) => total + length, 0);
}

async function isWriting(client: Observed['client']): Promise<boolean> {
  const found = await client.query(
    `select from pg_stat_activity
     where state = 'active' and pid <> pg_backend_pid() and datname = current_database()`,
  );
  return found.rowCount !== 0;
}
