import { DBOS } from '@dbos-inc/dbos-sdk';

/** The engine's tables lie in the application's own database, so that a flow can be enqueued in the caller's transaction. */
export const ENGINE_SCHEMA = 'dbos';

/** Makes or upgrades the durable engine's tables. Safe to call from several processes at once, and again. */
export async function migrateEngine(databaseUrl: string): Promise<void> {
  await DBOS.migrate(databaseUrl, { schemaName: ENGINE_SCHEMA });
}
