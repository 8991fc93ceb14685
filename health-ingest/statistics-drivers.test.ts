import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { carry, heartbeatOf } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { HealthManager } from './testing/health-manager.ts';
import { ownRedis } from './testing/own-redis.ts';

let own: TestDatabase;
let redis: Awaited<ReturnType<typeof ownRedis>>;
let manager: HealthManager;

beforeAll(async () => {
  own = await createTestDatabase();
  redis = await ownRedis();
  manager = new HealthManager({
    databaseUrl: own.url,
    redisUrl: redis.url,
    settings: [
      'heartbeat_timeout = 3600',
      '[controller_worker]',
      'statistics_drivers = stats_db, stats_logger, stats_prometheus',
    ],
  });
  await manager.start();
});
afterAll(async () => {
  await manager.kill();
  await redis.stop();
  await own.close();
});

test('one heartbeat is in the database, in the log and among the metrics, when all three drivers are wanted', async () => {
  const carried = await carry(own.database);
  await manager.send(heartbeatOf(carried, { sequence: 1, rxBytes: 42 }));
  await eventually(async () => {
    const found = await own.database.query<{ bytes: number }>(
      'select bytes_in as bytes from listener_statistics where listener_id = $1',
      [carried.listenerId],
    );
    expect(found.rows).toEqual([{ bytes: 42 }]);
    return true;
  });
  const [line] = manager.logged('listener statistics');
  expect(line).toMatchObject({ listener_id: carried.listenerId, bytes_in: 42, deltas: true });
  const name = `octavia_listener_received_bytes_total{listener_id="${carried.listenerId}"`;
  expect(await manager.metrics()).toContain(name);
});
