import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { type Carried, carry, heartbeatOf } from '../testing/carried.ts';
import { eventually } from '../testing/eventually.ts';
import { HealthManager } from '../testing/health-manager.ts';
import { ownRedis } from '../testing/own-redis.ts';

const FLEET = 30;

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
      'bind_ip = ::',
      'health_update_threads = 2',
      'sock_rlimit = 2000000000',
      'heartbeat_timeout = 3600',
    ],
  });
  await manager.start();
});
afterAll(async () => {
  await manager.kill();
  await redis.stop();
  await own.close();
});

const known = (thread: number): Promise<number> =>
  manager.metric(`octavia_heartbeat_amphorae{thread="${thread}"}`);

test('two threads on one port of both IP versions share the amphorae, and what each hears is written', async () => {
  const fleet: Carried[] = [];
  for (let count = 0; count < FLEET; count++) fleet.push(await carry(own.database));
  for (const carried of fleet)
    await manager.send(heartbeatOf(carried, { sequence: 0, rxBytes: 1 }));
  await eventually(async () => {
    const found = await own.database.query<{ online: number; bytes: number }>(
      `select (select count(*)::int from member where operating_status = 'ONLINE') as online,
              (select sum(bytes_in)::int from listener_statistics) as bytes`,
    );
    expect(found.rows[0]).toEqual({ online: 2 * FLEET, bytes: FLEET });
    return true;
  });
  const shares = await eventually(async () => {
    const both = [await known(0), await known(1)] as const;
    return both[0] + both[1] === FLEET ? both : undefined;
  });
  expect(Math.min(...shares)).toBeGreaterThan(0);
});

test('a receive buffer that the kernel did not give is said once, with the sysctl to set', () => {
  const said = manager.logs.filter(({ message }) => String(message).includes('net.core.rmem_max'));
  expect(said).toHaveLength(1);
  expect(said[0]?.message).toContain('net.core.rmem_max = 2000000000');
});

test('where cores are short, those who hear heartbeats go before the one that writes', () => {
  const threads = readdirSync(`/proc/${manager.pid}/task`).map(Number);
  const own = getPriority(manager.pid);
  const ahead = threads.filter((thread) => getPriority(thread) < own);
  expect(ahead.length).toBeGreaterThanOrEqual(2);
});
