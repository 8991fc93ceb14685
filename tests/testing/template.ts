import { migrate } from '#core/db/migrate.ts';
import { openDatabase } from '#core/db/pool.ts';
import type { PrivatePostgres } from '../../deploy/one-box/private-postgres.ts';
import { migrateEngine } from '../../worker/engine/schema.ts';

const NAME = 'octavia_template';

/**
 * Makes the database that those of test files are copies of: a copy takes a fraction of what the migrations take.
 * @returns its name
 */
export async function makeTemplate(server: PrivatePostgres): Promise<string> {
  await server.createDatabase(NAME);
  const url = server.url(NAME);
  const options = { poolSizeMax: 1, poolTimeoutMs: 10_000, applicationName: 'test' };
  const database = openDatabase({ ...options, connection: url }, () => undefined);
  await migrate(database, new URL('../../core/db/migrations/', import.meta.url));
  await database.end();
  await migrateEngine(url);
  return NAME;
}
