import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../health-ingest/testing/health-manager.ts';
import { PrivatePostgres } from './private-postgres.ts';

let folder: string;
let running: PrivatePostgres | undefined;
afterEach(async () => {
  await running?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(port: number, password?: string): Promise<PrivatePostgres> {
  await running?.stop();
  running = new PrivatePostgres({
    dataDir: join(folder, 'data'),
    port,
    isDurable: false,
    ...(password === undefined ? {} : { password }),
  });
  await running.start();
  await running.createDatabase('things');
  return running;
}

async function countIn(url: string): Promise<number | undefined> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    await client.query('create table if not exists thing (id int)');
    await client.query('insert into thing values (1)');
    const { rowCount } = await client.query('select from thing');
    return rowCount ?? undefined;
  } finally {
    await client.end();
  }
}

test('a cluster that let everyone in asks for the password it is started with, and keeps its data', async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-postgres-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const open = (await start(port)).url('things');
  expect(await countIn(open)).toBe(1);
  const closed = (await start(port, 'f00d')).url('things');
  await expect(countIn(open)).rejects.toThrow(/password/);
  await expect(countIn(closed.replace('f00d', 'beef'))).rejects.toThrow(/password/);
  expect(await countIn(closed)).toBe(2);
  expect(await countIn((await start(port, 'f00d')).url('things'))).toBe(3);
});
