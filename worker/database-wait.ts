import { type Database, isDatabaseAway } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';

/**
 * Resolves once PostgreSQL answers, or the signal ends the wait: a worker that starts before its database waits for it,
 * says so, and is not ready meanwhile. Rejects on what waiting does not mend, such as a wrong password.
 */
export async function databaseAnswers(
  database: Database,
  options: {
    readonly intervalMs: number;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { intervalMs, clock, logger, signal } = options;
  for (;;) {
    try {
      await database.query('select 1');
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isDatabaseAway(error)) throw error;
      logger.warn({ error }, 'PostgreSQL does not answer, waiting for it');
    }
    await clock.sleep(intervalMs, signal).catch(() => {});
  }
}
