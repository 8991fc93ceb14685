import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '#core/db/migrate.ts';
import { type Database, isDatabaseAway } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';

/** Makes our own tables. The database may come up after us: waits for it until it is there or `signal` is aborted. */
export async function prepareSchema(
  database: Database,
  options: { readonly logger: Logger; readonly retryDelayMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { logger, retryDelayMs, signal } = options;
  for (let isTold = false; !signal.aborted; isTold = true) {
    try {
      await migrate(database, new URL('./migrations/', import.meta.url), 'health-ingest');
      return;
    } catch (error) {
      if (!isDatabaseAway(error) && !signal.aborted) throw error;
      if (!isTold) logger.warn({ error }, 'PostgreSQL is not there yet, waiting for it');
    }
    await delay(retryDelayMs, undefined, { signal }).catch(() => undefined);
  }
}
