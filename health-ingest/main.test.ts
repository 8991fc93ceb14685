import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey, macOf } from '#core/heartbeat/key.ts';
import { PrivateRedis } from '../deploy/one-box/private-redis.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Carried, carry, heartbeatOf, nobody } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { freePort, HealthManager, KEY } from './testing/health-manager.ts';

let own: TestDatabase;
let redis: PrivateRedis;
let folder: string;
let manager: HealthManager;

beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-health-redis-'));
  redis = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await redis.start();
  manager = new HealthManager({
    databaseUrl: own.url,
    redisUrl: redis.url,
    // These tests are of what comes in; nobody is to be failed over meanwhile.
    settings: ['heartbeat_timeout = 3600'],
  });
  await manager.start();
});
afterAll(async () => {
  await manager.kill();
  await redis.stop();
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

async function statusesOf(carried: Carried): Promise<readonly string[]> {
  const found = await own.database.query<{ status: string }>(
    `select operating_status as status from load_balancer where id = $1
     union all select operating_status from listener where id = $2
     union all select operating_status from pool where id = $3
     union all (select operating_status from member where pool_id = $3 order by address)`,
    [carried.loadBalancerId, carried.listenerId, carried.poolId],
  );
  return found.rows.map(({ status }) => status);
}

async function become(carried: Carried, wanted: readonly string[]): Promise<void> {
  await eventually(async () => {
    const statuses = await statusesOf(carried);
    expect(statuses).toEqual(wanted);
    return true;
  });
}

async function statisticsOf(carried: Carried): Promise<readonly number[] | undefined> {
  const found = await own.database.query<{ bytesIn: number; active: number }>(
    `select bytes_in as "bytesIn", active_connections as active from listener_statistics
     where listener_id = $1 and amphora_id = $2`,
    [carried.listenerId, carried.amphoraId],
  );
  const row = found.rows[0];
  return row && [row.bytesIn, row.active];
}

test.each(['octavia', 'native'] as const)(
  'what an amphora reports on the %s wire becomes the statuses in the database',
  async (wire) => {
    const carried = await carry(own.database);
    await manager.send(heartbeatOf(carried, { sequence: 1 }), wire);
    await become(carried, ['ONLINE', 'ONLINE', 'ONLINE', 'ONLINE', 'ONLINE']);
    const down = heartbeatOf(carried, { sequence: 2, members: ['DOWN', 'UP'] });
    await manager.send(down, wire);
    await become(carried, ['DEGRADED', 'ONLINE', 'DEGRADED', 'ERROR', 'ONLINE']);
    await manager.send(heartbeatOf(carried, { sequence: 3, members: ['UP', 'UP'] }), wire);
    await become(carried, ['ONLINE', 'ONLINE', 'ONLINE', 'ONLINE', 'ONLINE']);
  },
);

test('increments are added up, open connections are the latest, a datagram delivered twice counts once', async () => {
  const carried = await carry(own.database);
  const first = heartbeatOf(carried, { sequence: 1, rxBytes: 100, activeConnections: 7 });
  const second = heartbeatOf(carried, { sequence: 2, rxBytes: 11, activeConnections: 2 });
  await manager.send(first);
  await manager.send(second);
  await manager.send(second);
  let sequence = 3;
  await eventually(async () => {
    // From another port each, so two threads may tell theirs in either order: the next heartbeats set that right.
    await manager.send(heartbeatOf(carried, { sequence: sequence++, activeConnections: 2 }));
    expect(await statisticsOf(carried)).toEqual([111, 2]);
    return true;
  });
});

test('totals of an old amphora replace what was there', async () => {
  const carried = await carry(own.database);
  for (const rxBytes of [1000, 1500, 20]) {
    const key = heartbeatKey(KEY);
    const heartbeat = heartbeatOf(carried, { version: 2, sequence: rxBytes, rxBytes });
    await manager.sendRaw(encodeDatagram(heartbeat, { wire: 'native', key }));
    await eventually(async () => {
      expect(await statisticsOf(carried)).toEqual([rxBytes, 0]);
      return true;
    });
  }
});

test('an amphora cannot add to the statistics of a listener that is not its own', async () => {
  const [victim, thief] = [await carry(own.database), await carry(own.database)];
  const lie = { ...thief, listenerId: victim.listenerId };
  const before = await manager.metric('octavia_statistics_refused_total');
  await manager.send(heartbeatOf(lie, { sequence: 1, rxBytes: 5 }));
  await eventually(async () =>
    (await manager.metric('octavia_statistics_refused_total')) > before ? true : undefined,
  );
  const rows = await own.database.query('select from listener_statistics where listener_id = $1', [
    victim.listenerId,
  ]);
  expect(rows.rowCount).toBe(0);
});

test('what no amphora of ours has sent is dropped, counted by its reason, and harms nothing', async () => {
  const carried = await carry(own.database);
  const key = heartbeatKey(KEY);
  const good = encodeDatagram(heartbeatOf(carried), { wire: 'octavia', key });
  const bomb = deflateSync(Buffer.alloc(60_000_000));
  const notJson = deflateSync('not JSON');
  const dropped = async (reason: string): Promise<number> =>
    manager.metric(`octavia_heartbeats_dropped_total{reason="${reason}"}`);
  await manager.send(heartbeatOf(carried), 'octavia', heartbeatKey('another'));
  await manager.send(heartbeatOf(carried), 'native', heartbeatKey('another'));
  await manager.sendRaw(good.subarray(0, -1));
  await manager.sendRaw(randomBytes(500));
  await manager.sendRaw(Buffer.alloc(0));
  await manager.sendRaw(Buffer.concat([bomb, macOf(bomb, key)]));
  await manager.sendRaw(Buffer.concat([notJson, macOf(notJson, key)]));
  await eventually(async () => {
    expect(await dropped('bad-hmac')).toBe(4);
    expect(await dropped('too-short')).toBe(1);
    expect(await dropped('too-large')).toBe(1);
    expect(await dropped('json')).toBe(1);
    return true;
  });
  await manager.sendRaw(good);
  await become(carried, ['ONLINE', 'ONLINE', 'ONLINE', 'ONLINE', 'ONLINE']);
});

test('amphorae that are unknown or deleted are counted and said so, and nothing else happens', async () => {
  const deleted = await carry(own.database, { amphoraStatus: 'DELETED' });
  await manager.send(heartbeatOf(nobody()));
  await manager.send(heartbeatOf(deleted));
  const reports = async (outcome: string): Promise<number> =>
    manager.metric(`octavia_status_reports_total{outcome="${outcome}"}`);
  await eventually(async () => {
    expect([await reports('stranger'), await reports('zombie')]).toEqual([1, 1]);
    return true;
  });
  expect(await statusesOf(deleted)).toEqual([
    'OFFLINE',
    'OFFLINE',
    'OFFLINE',
    'OFFLINE',
    'OFFLINE',
  ]);
  const said = manager.logged('a heartbeat of an amphora that should not be there');
  expect(said.map((line) => line.amphora_id)).toContain(deleted.amphoraId);
});

test('SIGTERM ends it only after what came in is in the database', async () => {
  const second = new HealthManager({
    databaseUrl: own.url,
    redisUrl: redis.url,
    settings: ['heartbeat_timeout = 3600'],
  });
  await second.start();
  const carried = await carry(own.database);
  await second.send(heartbeatOf(carried, { rxBytes: 3 }));
  await eventually(async () =>
    (await second.metric('octavia_heartbeats_accepted_total')) > 0 ? true : undefined,
  );
  expect(await second.stop()).toBe(0);
  await become(carried, ['ONLINE', 'ONLINE', 'ONLINE', 'ONLINE', 'ONLINE']);
  expect(await statisticsOf(carried)).toEqual([3, 0]);
});
