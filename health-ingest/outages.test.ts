import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { type Carried, carry, heartbeatOf } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { HealthManager, KEY } from './testing/health-manager.ts';
import { Living } from './testing/living.ts';
import { OwnPostgres } from './testing/own-postgres.ts';
import { ownRedis } from './testing/own-redis.ts';

/** Longer than the heartbeat timeout, and than a statement may take. */
const OUTAGE_MS = 6000;
const TIMEOUT_MS = 240_000;
const SETTLE_MS = 60_000;
const NEW_KEY = 'the key after the old one';

let postgres: OwnPostgres;
let redis: Awaited<ReturnType<typeof ownRedis>>;
const managers: HealthManager[] = [];
const living = new Set<Living>();

beforeAll(async () => {
  [postgres, redis] = await Promise.all([OwnPostgres.start(), ownRedis()]);
  await Promise.all([startManager(0), startManager(1)]);
}, TIMEOUT_MS);
afterEach(async () => {
  postgres.thaw();
  await Promise.all([...living].map((one) => one.die()));
  living.clear();
  await postgres.database.query(`update amphora set status = 'DELETED'`);
  await postgres.database.query('delete from dbos.workflow_status');
});
afterAll(async () => {
  await Promise.all(managers.map((manager) => manager.kill()));
  await redis.stop();
  await postgres.stop();
});

async function startManager(place: number, settings: readonly string[] = []): Promise<void> {
  const manager = new HealthManager({
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    settings: [
      'heartbeat_timeout = 4',
      ...settings,
      '[database]',
      'statement_timeout = 2',
      'pool_timeout = 2',
    ],
  });
  await manager.start();
  managers[place] = manager;
}

async function untilSure(): Promise<void> {
  for (const manager of managers)
    await eventually(
      async () =>
        (await manager.metric('octavia_failover_scheduler_sure')) === 1 ? true : undefined,
      SETTLE_MS,
    );
}

/** An amphora that reports once a second, with a byte counted each time. */
async function alive(): Promise<{ readonly carried: Carried; readonly amphora: Living }> {
  const carried = await carry(postgres.database);
  const amphora = new Living(carried, managers, { rxBytes: 1 });
  living.add(amphora);
  await become(carried, 'ONLINE');
  await untilSure();
  return { carried, amphora };
}

async function become(carried: Carried, status: string): Promise<void> {
  await eventually(async () => {
    const found = await postgres.database.query<{ status: string }>(
      'select operating_status as status from load_balancer where id = $1',
      [carried.loadBalancerId],
    );
    expect(found.rows[0]?.status).toBe(status);
    return true;
  }, SETTLE_MS);
}

/** Every heartbeat that was sent is counted, once. */
async function isExact(carried: Carried, amphora: Living): Promise<void> {
  await amphora.die();
  const bytesIn = async (): Promise<number | undefined> => {
    const found = await postgres.database.query<{ bytes: number }>(
      'select bytes_in as bytes from listener_statistics where listener_id = $1',
      [carried.listenerId],
    );
    return found.rows[0]?.bytes;
  };
  await eventually(async () => {
    expect(await bytesIn()).toBe(amphora.sent);
    return true;
  }, SETTLE_MS);
}

async function nobodyIsFailedOver(): Promise<void> {
  await untilSure();
  const found = await postgres.database.query('select from dbos.workflow_status');
  expect(found.rowCount).toBe(0);
}

test(
  'PostgreSQL frozen for longer than the heartbeat timeout: statuses follow, every byte is counted once, nobody is failed over',
  async () => {
    const { carried, amphora } = await alive();
    await postgres.freeze();
    amphora.said = { rxBytes: 1, members: ['DOWN', 'UP'] };
    await delay(OUTAGE_MS);
    postgres.thaw();
    await become(carried, 'DEGRADED');
    await nobodyIsFailedOver();
    await isExact(carried, amphora);
  },
  TIMEOUT_MS,
);

test(
  'PostgreSQL killed and started again: the same',
  async () => {
    const { carried, amphora } = await alive();
    amphora.said = { rxBytes: 1, members: ['DOWN', 'UP'] };
    await postgres.restart();
    await become(carried, 'DEGRADED');
    await nobodyIsFailedOver();
    await isExact(carried, amphora);
  },
  TIMEOUT_MS,
);

test(
  'a status that was lost with the data of Redis before anybody read it is said again',
  async () => {
    const { carried, amphora } = await alive();
    await postgres.freeze();
    amphora.said = { members: ['DOWN', 'UP'] };
    await delay(OUTAGE_MS / 2);
    // The writers hold what they have read so far, and this lies in Redis.
    amphora.said = { pool: 'DOWN', members: ['DOWN', 'DOWN'] };
    await delay(OUTAGE_MS / 2);
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    postgres.thaw();
    await become(carried, 'ERROR');
    await nobodyIsFailedOver();
  },
  TIMEOUT_MS,
);

test(
  'what a manager had read and not counted when it was killed, another one counts',
  async () => {
    const carried = await carry(postgres.database);
    const [doomed] = managers;
    await postgres.freeze();
    for (let sequence = 1; sequence <= 3; sequence++) {
      await doomed?.send(heartbeatOf(carried, { sequence, rxBytes: 5 }));
      await delay(500);
    }
    await doomed?.kill();
    postgres.thaw();
    await startManager(0);
    const counted = async (): Promise<unknown> => {
      const found = await postgres.database.query<{ bytes: number }>(
        'select bytes_in as bytes from listener_statistics where listener_id = $1',
        [carried.listenerId],
      );
      return found.rows[0]?.bytes;
    };
    await eventually(async () => ((await counted()) === 15 ? true : undefined), SETTLE_MS);
  },
  TIMEOUT_MS,
);

test(
  'the heartbeat key is changed on one manager after the other, then on the amphora, and nobody is failed over',
  async () => {
    const { carried, amphora } = await alive();
    for (const place of [0, 1]) {
      await managers[place]?.stop();
      await startManager(place, [`heartbeat_key = ${NEW_KEY}`, `heartbeat_key_previous = ${KEY}`]);
    }
    await untilSure();
    amphora.key = heartbeatKey(NEW_KEY);
    amphora.said = { members: ['DOWN', 'UP'] };
    await become(carried, 'DEGRADED');
    for (const place of [0, 1]) {
      await managers[place]?.stop();
      await startManager(place, [`heartbeat_key = ${NEW_KEY}`]);
    }
    amphora.said = {};
    await become(carried, 'ONLINE');
    await nobodyIsFailedOver();
  },
  TIMEOUT_MS,
);
