import { migrateSystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import { GlobalLogger } from '@dbos-inc/dbos-sdk/internal/telemetry/logs';
import type { EngineLogger } from './engine-log.ts';

/** The engine's tables lie in the application's own database, so that a flow can be enqueued in the caller's transaction. */
export const ENGINE_SCHEMA = 'dbos';

const SILENT: EngineLogger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Makes or upgrades the durable engine's tables. Safe to call from several processes at once, and again.
 * @param logger told of progress; what goes wrong is thrown
 */
export async function migrateEngine(databaseUrl: string, logger = SILENT): Promise<void> {
  // The engine's public way to do this writes to stdout, where lines of our log are read.
  await migrateSystemDatabase(databaseUrl, new GlobalLogger(undefined, { logger }), ENGINE_SCHEMA);
}
