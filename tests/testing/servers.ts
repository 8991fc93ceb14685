import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type Database, openDatabase } from '#core/db/pool.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the test run's PostgreSQL, without a database. */
    readonly postgresUrl: string;
    /** The database there that those of test files are copies of. */
    readonly databaseTemplate: string;
  }
}

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  close(): Promise<void>;
}

/** A database of its own for one test file, with our schema and the durable engine's in it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const admin = open(`${inject('postgresUrl')}/postgres`);
  await admin.query(`create database ${name} template ${inject('databaseTemplate')}`);
  const url = `${inject('postgresUrl')}/${name}`;
  const database = open(url);
  return {
    url,
    database,
    async close() {
      await database.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

function open(url: string): Database {
  return openDatabase(
    { connection: url, poolSizeMax: 10, poolTimeoutMs: 10_000, applicationName: 'test' },
    () => {},
  );
}
