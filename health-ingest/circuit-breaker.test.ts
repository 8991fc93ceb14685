import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PrivateRedis } from '../deploy/one-box/private-redis.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { migrateEngine } from '../worker/engine/schema.ts';
import { type Carried, carry } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { freePort, HealthManager } from './testing/health-manager.ts';
import { Living } from './testing/living.ts';

let own: TestDatabase;
let redis: PrivateRedis;
let folder: string;
let manager: HealthManager;

beforeAll(async () => {
  own = await createTestDatabase();
  await migrateEngine(own.url);
  folder = await mkdtemp(join(tmpdir(), 'octavia-health-redis-'));
  redis = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await redis.start();
  const settings = ['failover_threshold = 2', 'heartbeat_timeout = 3'];
  manager = new HealthManager({ databaseUrl: own.url, redisUrl: redis.url, settings });
  await manager.start();
});
afterAll(async () => {
  await manager.kill();
  await redis.stop();
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

async function statusesOf(amphorae: readonly Carried[]): Promise<readonly string[]> {
  const found = await own.database.query<{ status: string }>(
    'select status from amphora where id = any($1) order by status',
    [amphorae.map(({ amphoraId }) => amphoraId)],
  );
  return found.rows.map(({ status }) => status);
}

async function become(amphorae: readonly Carried[], status: string): Promise<void> {
  await eventually(async () => {
    expect(await statusesOf(amphorae)).toEqual(amphorae.map(() => status));
    return true;
  });
}

async function failovers(): Promise<number> {
  const found = await own.database.query('select from dbos.workflow_status');
  return found.rowCount ?? 0;
}

test('as many stale amphorae as the threshold stop all failovers, until they report again', async () => {
  const amphorae = [await carry(own.database), await carry(own.database)];
  await become(amphorae, 'FAILOVER_STOPPED');
  expect(await failovers()).toBe(0);
  const living = amphorae.map((carried) => new Living(carried, [manager]));
  await become(amphorae, 'ALLOCATED');
  await living[0]?.die();
  await eventually(async () => ((await failovers()) === 1 ? true : undefined));
  await living[1]?.die();
});
