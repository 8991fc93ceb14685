import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { Transaction } from '../ports/transaction.ts';
import type { Database } from './pool.ts';
import { transaction } from './transaction.ts';

// Any number that no other program on this database uses; spells "octa".
const MIGRATION_LOCK = 0x6f637461;
const PATIENCE_MS = 86_400_000;
const MIGRATION_FILE = /^\d{4}-[a-z0-9-]+\.sql$/;

/**
 * Brings the schema up to date: runs every migration that has not run, in order, each in its own transaction.
 * Safe to call from several processes at once.
 * @param directory holds `NNNN-<what>.sql`; each driver with tables of its own brings its own directory
 * @param track names the sequence, so that drivers' migrations are counted apart
 * @returns the names of those that ran now
 */
export async function migrate(
  database: Database,
  directory: URL,
  track = 'core',
): Promise<readonly string[]> {
  const files = (await readdir(directory)).filter((name) => MIGRATION_FILE.test(name)).sort();
  const ran: string[] = [];
  for (const name of files) {
    const sql = await readFile(new URL(name, directory), 'utf8');
    const isNew = await transaction(database, (tx) => runOnce(tx, track, name, sql));
    if (isNew) ran.push(name);
  }
  return ran;
}

async function runOnce(
  tx: Transaction,
  track: string,
  name: string,
  sql: string,
): Promise<boolean> {
  await tx.query('set local statement_timeout = 0');
  await unbounded(tx, `select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await tx.query(
    `create table if not exists schema_migration (
       track text, name text, applied_at timestamptz not null default now(), primary key (track, name))`,
  );
  const marked = await tx.query(
    'insert into schema_migration (track, name) values ($1, $2) on conflict do nothing',
    [track, name],
  );
  if (marked.rowCount === 0) return false;
  await unbounded(tx, sql);
  return true;
}

/** A migration may rewrite large tables, or wait for another process that does: what bounds a daemon's statements does not hold. */
async function unbounded(tx: Transaction, text: string): Promise<void> {
  const patient = { text, query_timeout: PATIENCE_MS };
  await (tx as unknown as pg.ClientBase).query(patient);
}
