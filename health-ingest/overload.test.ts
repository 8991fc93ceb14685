import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Carried, carry } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { Flood } from './testing/flood.ts';
import { HealthManager, KEY } from './testing/health-manager.ts';
import { Living } from './testing/living.ts';
import { ownRedis } from './testing/own-redis.ts';

/** Longer than the heartbeat timeout of these managers. */
const FLOOD_SECONDS = 6;
/** Fewer than the circuit breaker would save. */
const FLEET = 8;

let own: TestDatabase;
let redis: Awaited<ReturnType<typeof ownRedis>>;
let managers: readonly [HealthManager, HealthManager];
const living: Living[] = [];
let flood: Flood | undefined;

beforeAll(async () => {
  own = await createTestDatabase();
  redis = await ownRedis();
  const settings = ['heartbeat_timeout = 3', 'sock_rlimit = 262144'];
  const options = { databaseUrl: own.url, redisUrl: redis.url, settings };
  managers = [new HealthManager(options), new HealthManager(options)];
  await Promise.all(managers.map((manager) => manager.start()));
});
afterEach(async () => {
  await flood?.stop();
  await Promise.all(living.splice(0).map((one) => one.die()));
});
afterAll(async () => {
  await Promise.all(managers.map((manager) => manager.kill()));
  await redis.stop();
  await own.close();
});

async function failedOver(): Promise<readonly string[]> {
  const found = await own.database.query<{ id: string }>(
    `select deduplication_id as id from dbos.workflow_status where name = 'amphora-failover'`,
  );
  return found.rows.map(({ id }) => id);
}

async function untilSure(): Promise<void> {
  for (const manager of managers)
    await eventually(async () =>
      (await manager.metric('octavia_failover_scheduler_sure')) === 1 ? true : undefined,
    );
}

test('many times more than it can take is shed, fails nobody over, and is over in seconds', async () => {
  const [flooded] = managers;
  const fleet: Carried[] = [];
  for (let count = 0; count < FLEET; count++) fleet.push(await carry(own.database));
  living.push(...fleet.map((carried) => new Living(carried, [flooded])));
  await untilSure();

  flood = new Flood(flooded.port, KEY);
  const { sent } = await eventually(() =>
    flood && flood.sent > 0 && flood.seconds >= FLOOD_SECONDS ? flood : undefined,
  );
  await flood.stop();
  const taken = await flooded.metric('octavia_heartbeats_accepted_total');
  const shed = await flooded.metric('octavia_heartbeat_kernel_drops');
  expect(taken).toBeGreaterThan(0);
  expect(shed).toBeGreaterThan(sent / 2);
  expect(await failedOver()).toEqual([]);

  await untilSure();
  const [dead] = fleet;
  await living[0]?.die();
  await eventually(async () => ((await failedOver()).length > 0 ? true : undefined));
  expect(await failedOver()).toEqual([dead?.loadBalancerId]);
});
