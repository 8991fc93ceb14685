import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Carried, carry, heartbeatOf } from './testing/carried.ts';
import { eventually } from './testing/eventually.ts';
import { HealthManager } from './testing/health-manager.ts';
import { ownRedis } from './testing/own-redis.ts';

const FLEET = 20;
const INTERVAL_MS = 100;
/**
 * What a killed manager may take with it: a batch that gathers (25 ms), its way to Redis, what its socket held. All of
 * that is longer on a busy machine.
 */
const LOSS_WINDOW_MS = 2000;

let own: TestDatabase;
let redis: Awaited<ReturnType<typeof ownRedis>>;
let managers: readonly [HealthManager, HealthManager];

beforeAll(async () => {
  own = await createTestDatabase();
  redis = await ownRedis();
  const settings = ['heartbeat_timeout = 3'];
  const options = { databaseUrl: own.url, redisUrl: redis.url, settings };
  managers = [new HealthManager(options), new HealthManager(options)];
  await Promise.all(managers.map((manager) => manager.start()));
});
afterAll(async () => {
  await Promise.all(managers.map((manager) => manager.kill()));
  await redis.stop();
  await own.close();
});

/** Ten heartbeats a second of each, to the two managers in turn, each with one byte counted. */
class ReportingFleet {
  readonly #fleet: readonly Carried[];
  readonly #ending = new AbortController();
  readonly #loop: Promise<void>;
  /** When and to whom each heartbeat went. */
  readonly sent: { readonly atMs: number; readonly manager: HealthManager }[] = [];
  pool = 'UP';

  constructor(fleet: readonly Carried[]) {
    this.#fleet = fleet;
    this.#loop = this.#run();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (let sequence = 0; !signal.aborted; sequence++) {
      const manager = managers[sequence % 2] as HealthManager;
      for (const carried of this.#fleet) {
        await manager.send(heartbeatOf(carried, { sequence, rxBytes: 1, pool: this.pool }));
        this.sent.push({ atMs: performance.now(), manager });
      }
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function bytesIn(): Promise<number> {
  const found = await own.database.query<{ sum: number }>(
    'select coalesce(sum(bytes_in), 0)::int as sum from listener_statistics',
  );
  return found.rows[0]?.sum ?? 0;
}

async function poolsThatAre(status: string): Promise<number> {
  const found = await own.database.query('select from pool where operating_status = $1', [status]);
  return found.rowCount ?? 0;
}

test('one of two managers is killed under load: nobody is failed over, statuses go on, counters lose its last batch at most', async () => {
  const carried: Carried[] = [];
  for (let count = 0; count < FLEET; count++) carried.push(await carry(own.database));
  const fleet = new ReportingFleet(carried);
  await eventually(async () => ((await poolsThatAre('ONLINE')) === FLEET ? true : undefined));
  for (const manager of managers)
    await eventually(async () =>
      (await manager.metric('octavia_failover_scheduler_sure')) === 1 ? true : undefined,
    );

  const [victim] = managers;
  const killedAtMs = performance.now();
  await victim.kill();
  fleet.pool = 'DOWN';
  await eventually(async () => ((await poolsThatAre('ERROR')) === FLEET ? true : undefined));
  // Longer than the heartbeat timeout: who was not heard meanwhile would be failed over.
  await delay(4000);
  await fleet.end();

  const lostFromMs = killedAtMs - LOSS_WINDOW_MS;
  const certain = fleet.sent.filter(({ atMs, manager }) => manager !== victim || atMs < lostFromMs);
  await eventually(async () => ((await bytesIn()) >= certain.length ? true : undefined));
  const heard = fleet.sent.filter(
    ({ atMs, manager }) => manager !== victim || atMs < killedAtMs + LOSS_WINDOW_MS,
  );
  expect(await bytesIn()).toBeLessThanOrEqual(heard.length);
  const failovers = await own.database.query('select from dbos.workflow_status');
  expect(failovers.rowCount).toBe(0);
});
