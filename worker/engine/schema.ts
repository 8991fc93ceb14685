import { migrateSystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import { GlobalLogger } from '@dbos-inc/dbos-sdk/internal/telemetry/logs';
import type { EngineLogger } from './engine-log.ts';

/** The engine's tables lie in the application's own database, so that a flow can be enqueued in the caller's transaction. */
export const ENGINE_SCHEMA = 'dbos';

/** The engine's own default, which it would set by a statement beside the first one of each connection. */
const IDLE_IN_TRANSACTION = '-c idle_in_transaction_session_timeout=60000';

const SILENT: EngineLogger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Makes or upgrades the durable engine's tables. Safe to call from several processes at once, and again.
 * @param logger told of progress; what goes wrong is thrown
 */
export async function migrateEngine(databaseUrl: string, logger = SILENT): Promise<void> {
  // The engine's public way to do this writes to stdout, where lines of our log are read.
  await migrateSystemDatabase(databaseUrl, new GlobalLogger(undefined, { logger }), ENGINE_SCHEMA);
}

/** What the engine connects by: a transaction of a worker that hangs must not hold its locks for ever. */
export function engineUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  url.searchParams.set('options', [options, IDLE_IN_TRANSACTION].filter(Boolean).join(' '));
  return url.href;
}
