import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { anAmphora } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import { PrivateRedis } from '../deploy/one-box/private-redis.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Carried, carry } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { freePort, HealthManager } from './testing/health-manager.ts';
import { Living } from './testing/living.ts';

/** Longer than the heartbeat timeout of these managers. */
const OUTAGE_MS = 4500;
const HEARTBEAT_INTERVAL_MS = 1000;

let own: TestDatabase;
let redis: PrivateRedis;
let folder: string;
let managers: readonly [HealthManager, HealthManager];
const living = new Set<Living>();

beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-health-redis-'));
  redis = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await redis.start();
  const settings = ['heartbeat_timeout = 3'];
  const options = { databaseUrl: own.url, redisUrl: redis.url, settings };
  managers = [new HealthManager(options), new HealthManager(options)];
  await Promise.all(managers.map((manager) => manager.start()));
  await Promise.all(managers.map(untilSure));
});
afterEach(async () => {
  await Promise.all([...living].map((one) => one.die()));
  living.clear();
  await own.database.query(`update amphora set status = 'DELETED'`);
  await own.database.query('delete from dbos.workflow_status');
});
afterAll(async () => {
  await Promise.all(managers.map((manager) => manager.kill()));
  await redis.stop();
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

function untilSure(manager: HealthManager): Promise<true> {
  return eventually(async () =>
    (await manager.metric('octavia_failover_scheduler_sure')) === 1 ? true : undefined,
  );
}

/** How often a manager has seen that Redis lost its data. */
function noticed(manager: HealthManager): number {
  return manager.logs.filter(({ problem }) => /^Redis (lost|is not)/.test(String(problem))).length;
}

function alive(carried: Carried): Living {
  const one = new Living(carried, managers);
  living.add(one);
  return one;
}

async function untilKnown(carried: Carried): Promise<void> {
  await eventually(async () => {
    const row = await loadBalancerOf(carried);
    return row.operating === 'ONLINE' ? true : undefined;
  });
}

async function loadBalancerOf(carried: Carried): Promise<{ status: string; operating: string }> {
  const found = await own.database.query<{ status: string; operating: string }>(
    'select provisioning_status as status, operating_status as operating from load_balancer where id = $1',
    [carried.loadBalancerId],
  );
  const row = found.rows[0];
  if (!row) throw new Error('no such load balancer');
  return row;
}

async function failoversOf(carried: Carried): Promise<number> {
  const found = await own.database.query(
    `select from dbos.workflow_status where name = 'amphora-failover' and deduplication_id = $1`,
    [carried.loadBalancerId],
  );
  return found.rowCount ?? 0;
}

async function untilFailedOver(carried: Carried): Promise<void> {
  await eventually(async () => ((await failoversOf(carried)) > 0 ? true : undefined));
}

/** What the managers logged, which comes a moment after it is in the database. */
function verdictsOn({ amphoraId }: Carried) {
  return managers
    .flatMap((manager) => manager.logged('stale amphora, failing it over'))
    .filter((line) => line.amphora_id === amphoraId);
}

/** An amphora dies and is found, so the schedulers look again; the given ones must not have been touched. */
async function onlyTheDeadIsFailedOver(survivors: readonly Carried[]): Promise<void> {
  const dead = await carry(own.database);
  await untilFailedOver(dead);
  expect(await Promise.all(survivors.map(failoversOf))).toEqual(survivors.map(() => 0));
}

test('of two managers one asks for the failover of a dead amphora, once, and says why', async () => {
  const [dead, healthy] = [await carry(own.database), await carry(own.database)];
  alive(healthy);
  const doomed = alive(dead);
  await untilKnown(dead);
  await doomed.die();
  await untilFailedOver(dead);
  expect((await loadBalancerOf(dead)).status).toBe('PENDING_UPDATE');
  await onlyTheDeadIsFailedOver([healthy]);
  expect(await failoversOf(dead)).toBe(1);
  await eventually(() => (verdictsOn(dead).length > 0 ? true : undefined));
  const said = verdictsOn(dead);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({
    load_balancer_id: dead.loadBalancerId,
    reason: 'silent',
    attempt: 1,
    last_seen: expect.any(String) as string,
    flow_id: expect.any(String) as string,
    request_id: expect.stringMatching(/^req-/) as string,
  });
  expect(said[0]?.silence_ms).toBeGreaterThanOrEqual(3000);
});

test('an amphora that never reported is found too', async () => {
  const silent = await carry(own.database);
  await untilFailedOver(silent);
  expect(await failoversOf(silent)).toBe(1);
});

test('an amphora that reports but does not carry its listeners is failed over', async () => {
  const carried = await carry(own.database);
  const one = alive(carried);
  await untilKnown(carried);
  one.said = { listener: null };
  await untilFailedOver(carried);
  await eventually(() => (verdictsOn(carried).length > 0 ? true : undefined));
  expect(verdictsOn(carried)[0]?.reason).toBe('wrong-listeners');
});

test('a load balancer that is busy holds up nobody, and its amphora is failed over once it is free', async () => {
  const busy = await carry(own.database, { loadBalancerStatus: 'PENDING_UPDATE' });
  await onlyTheDeadIsFailedOver([busy]);
  await own.database.query(
    `update load_balancer set provisioning_status = 'ACTIVE' where id = $1`,
    [busy.loadBalancerId],
  );
  await untilFailedOver(busy);
});

test('a failover that failed is tried again after a pause, not at once', async () => {
  const dead = await carry(own.database);
  await untilFailedOver(dead);
  await own.database.query('delete from dbos.workflow_status');
  await own.database.query(
    `update failover_attempt set next_attempt_at = now() + interval '1 hour' where amphora_id = $1`,
    [dead.amphoraId],
  );
  await own.database.query(`update amphora set status = 'ERROR' where id = $1`, [dead.amphoraId]);
  await own.database.query(`update load_balancer set provisioning_status = 'ERROR' where id = $1`, [
    dead.loadBalancerId,
  ]);
  await onlyTheDeadIsFailedOver([dead]);
  await own.database.query('update failover_attempt set next_attempt_at = now()');
  await untilFailedOver(dead);
  const attempts = await own.database.query<{ attempts: number }>(
    'select attempts from failover_attempt where amphora_id = $1',
    [dead.amphoraId],
  );
  expect(attempts.rows[0]?.attempts).toBe(2);
});

test('an amphora being deleted or built, one in ERROR, and one that has been replaced are left alone', async () => {
  const leaving = await carry(own.database, { amphoraStatus: 'PENDING_DELETE' });
  const broken = await carry(own.database, { amphoraStatus: 'ERROR' });
  const booting = await carry(own.database, { amphoraStatus: 'BOOTING' });
  const replaced = await carry(own.database, { amphoraStatus: 'ERROR' });
  await own.database.query(
    'insert into failover_attempt (amphora_id, next_attempt_at) values ($1, now())',
    [replaced.amphoraId],
  );
  const successor = anAmphora({ loadBalancerId: replaced.loadBalancerId, status: 'ALLOCATED' });
  await transaction(own.database, (tx) => amphorae.insert(tx, successor));
  alive({ ...replaced, amphoraId: successor.id });
  await onlyTheDeadIsFailedOver([leaving, broken, booting, replaced]);
});

test('Redis killed and started again, empty, fails nobody over', async () => {
  const healthy = await carry(own.database);
  alive(healthy);
  await untilKnown(healthy);
  process.kill(redis.pid ?? 0, 'SIGKILL');
  await delay(OUTAGE_MS);
  await redis.start();
  await Promise.all(managers.map(untilSure));
  await onlyTheDeadIsFailedOver([healthy]);
});

test('Redis that is emptied while it runs fails nobody over', async () => {
  const healthy = await carry(own.database);
  alive(healthy);
  await untilKnown(healthy);
  const before = managers.map(noticed);
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
  await eventually(() =>
    managers.every((manager, index) => noticed(manager) > (before[index] ?? 0)) ? true : undefined,
  );
  await Promise.all(managers.map(untilSure));
  await onlyTheDeadIsFailedOver([healthy]);
});

test('Redis frozen for longer than the heartbeat timeout fails nobody over', async () => {
  const healthy = await carry(own.database);
  alive(healthy);
  await untilKnown(healthy);
  const pid = redis.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    await delay(OUTAGE_MS);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await Promise.all(managers.map(untilSure));
  await onlyTheDeadIsFailedOver([healthy]);
});

test('managers that wake from a long sleep wait for the living to report before they judge', async () => {
  const healthy = await carry(own.database);
  const before = alive(healthy);
  await untilKnown(healthy);
  for (const { pid } of managers) process.kill(pid, 'SIGSTOP');
  // What is sent to a machine that sleeps is lost.
  await before.die();
  await delay(OUTAGE_MS);
  for (const { pid } of managers) process.kill(pid, 'SIGCONT');
  await delay(HEARTBEAT_INTERVAL_MS);
  alive(healthy);
  await Promise.all(managers.map(untilSure));
  await onlyTheDeadIsFailedOver([healthy]);
});

test('connections to PostgreSQL that are cut come back, and statuses with them', async () => {
  const carried = await carry(own.database);
  const one = alive(carried);
  await untilKnown(carried);
  await own.database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'octavia-health-ingest'
       and datname = current_database()`,
  );
  one.said = { members: ['DOWN', 'UP'] };
  await eventually(async () =>
    (await loadBalancerOf(carried)).operating === 'DEGRADED' ? true : undefined,
  );
  await Promise.all(managers.map(untilSure));
  await onlyTheDeadIsFailedOver([carried]);
});
