import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Carried, carry, heartbeatOf, type Said } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { HealthManager } from './testing/health-manager.ts';
import { RedisServers, startCluster, startSentinels } from './testing/redis-servers.ts';

const FAILOVER_MS = 60_000;
const REPEAT_MS = 1000;
const TEST_TIMEOUT_MS = 240_000;

let own: TestDatabase;
let servers: RedisServers;
let manager: HealthManager;
let sequence = 0;

beforeAll(async () => {
  own = await createTestDatabase();
});
afterEach(async () => {
  await manager.kill();
  await servers.stop();
});
afterAll(() => own.close());

/** A health manager whose `[redis]` is as given. */
async function startWith(redis: readonly string[]): Promise<void> {
  manager = new HealthManager({
    databaseUrl: own.url,
    redisUrl: 'redis://127.0.0.1:1/0',
    settings: ['expect_heartbeats = false', '[redis]', ...redis],
  });
  await manager.start();
}

function at(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(',');
}

interface Stored {
  readonly status: string;
  readonly bytesIn: number;
}

async function storedOf(carried: Carried): Promise<Stored | undefined> {
  const found = await own.database.query<Stored>(
    `select lb.operating_status as status, coalesce(s.bytes_in, 0)::int as "bytesIn"
     from load_balancer lb left join listener_statistics s on s.listener_id = $2 where lb.id = $1`,
    [carried.loadBalancerId, carried.listenerId],
  );
  return found.rows[0];
}

/** Counts once and says its statuses again and again, as amphorae do, until all of it is in the database. */
async function report(carried: Carried, said: Said, stored: Stored): Promise<void> {
  await manager.send(heartbeatOf(carried, { ...said, sequence: ++sequence }));
  let saidAtMs = performance.now();
  await eventually(async () => {
    if (performance.now() - saidAtMs > REPEAT_MS) {
      saidAtMs = performance.now();
      await manager.send(heartbeatOf(carried, { ...said, rxBytes: 0, sequence: ++sequence }));
    }
    expect(await storedOf(carried)).toEqual(stored);
    return true;
  });
}

test('statuses and statistics pass through a Redis Cluster of three masters, and the scheduler is sure of what it sees', async () => {
  servers = new RedisServers();
  const ports = await startCluster(servers);
  await startWith([`cluster_nodes = ${at(ports)}`]);
  await eventually(async () =>
    (await manager.metric('octavia_failover_scheduler_sure')) === 1 ? true : undefined,
  );
  const carried = await carry(own.database);
  await report(carried, { rxBytes: 5 }, { status: 'ONLINE', bytesIn: 5 });
  const degraded = { rxBytes: 7, members: ['DOWN', 'UP'] as const };
  await report(carried, degraded, { status: 'DEGRADED', bytesIn: 12 });
});

test(
  'when the master that Sentinels watch is killed, the next one is found and nothing has to be started again',
  async () => {
    servers = new RedisServers();
    const { master, sentinels } = await startSentinels(servers, 'heartbeats');
    await startWith([`sentinel_nodes = ${at(sentinels)}`, 'sentinel = heartbeats']);
    const carried = await carry(own.database);
    await report(carried, { rxBytes: 5 }, { status: 'ONLINE', bytesIn: 5 });
    await servers.kill(master);
    await eventually(async () => {
      // As an amphora does, if not so often: what was said while there was no Redis may have to be said again.
      const down = heartbeatOf(carried, { members: ['DOWN', 'UP'], sequence: ++sequence });
      await manager.send(down);
      expect((await storedOf(carried))?.status).toBe('DEGRADED');
      return true;
    }, FAILOVER_MS);
    await report(carried, { rxBytes: 7 }, { status: 'ONLINE', bytesIn: 12 });
  },
  TEST_TIMEOUT_MS,
);
