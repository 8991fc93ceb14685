import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { PrivateRedis } from '../deploy/one-box/private-redis.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { carry, heartbeatOf } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { freePort, HealthManager, KEY } from './testing/health-manager.ts';

let own: TestDatabase;
let folder: string;
let redis: PrivateRedis;
let manager: HealthManager;

beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-health-redis-'));
  redis = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await redis.start();
  manager = new HealthManager({
    databaseUrl: own.url,
    redisUrl: redis.url,
    settings: [
      'heartbeat_timeout = 3600',
      'heartbeat_key_previous = the key before, with a comma',
      '  the one before that',
    ],
  });
  await manager.start();
});
afterAll(async () => {
  await manager.kill();
  await redis.stop();
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(['octavia', 'native'] as const)(
  'while the key rotates, all keys are read on the %s wire, and the others counted',
  async (wire) => {
    const carried = await carry(own.database);
    const [accepted = 0, byOther = 0, dropped = 0] = await counts();
    const keys = [KEY, 'the key before, with a comma', 'the one before that', 'the key before'];
    for (const [sequence, key] of keys.entries())
      await manager.send(heartbeatOf(carried, { sequence }), wire, heartbeatKey(key));
    await eventually(async () => {
      expect(await counts()).toEqual([accepted + 3, byOther + 2, dropped + 1]);
      return true;
    });
  },
);

function counts(): Promise<readonly number[]> {
  return Promise.all([
    manager.metric('octavia_heartbeats_accepted_total'),
    manager.metric('octavia_heartbeats_signed_by_previous_key_total'),
    manager.metric('octavia_heartbeats_dropped_total{reason="bad-hmac"}'),
  ]);
}
