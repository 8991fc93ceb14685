import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PrivateRedis } from '../../deploy/one-box/private-redis.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { type Carried, carry } from '../testing/carried.ts';
import { eventually } from '../testing/eventually.ts';
import { freePort, HealthManager } from '../testing/health-manager.ts';
import { Living } from '../testing/living.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

let own: TestDatabase;
let redis: PrivateRedis;
let folder: string;
let manager: HealthManager;

beforeAll(async () => {
  own = await createTestDatabase();
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

const zones = (counts: Readonly<Record<string, readonly [expected: number, late: number]>>) =>
  new Map(
    Object.entries(counts).map(([zone, [all, late]]) => [
      zone,
      { expected: all, late, stale: late },
    ]),
  );
const breaker = (own: { threshold?: number; percent?: number } = {}): CircuitBreaker =>
  new CircuitBreaker({ threshold: 0, percent: 50, floor: 10, holdMs: 3000, ...own });

test('30 of 100 that die at once are failed over; half of them stop it, and so do 9 of 9 in each of two zones', () => {
  const closed = breaker();
  expect(closed.look(zones({ '': [100, 30] }), 0)).toEqual([]);
  expect(closed.look(zones({ '': [9, 9] }), 0)).toEqual([]);
  expect(closed.isOpen('')).toBe(false);
  const open = breaker();
  open.look(zones({ '': [100, 50] }), 0);
  expect(open.isOpen('')).toBe(true);
  const everywhere = breaker();
  expect(everywhere.look(zones({ a: [9, 9], b: [9, 9] }), 0)).toEqual([
    { kind: 'opened', scope: 'everywhere', counted: 18, expected: 18 },
  ]);
});

test('a zone that is cut off stops, and the others heal', () => {
  const one = breaker();
  const split = zones({ a: [50, 50], b: [50, 3] });
  expect(one.look(split, 0)).toEqual([
    { kind: 'opened', scope: 'zone a', counted: 50, expected: 50 },
  ]);
  expect([one.isOpen('a'), one.isOpen('b')]).toEqual([true, false]);
});

test('when a split heals the last to report again are waited for', () => {
  const one = breaker();
  one.look(zones({ '': [100, 100] }), 0);
  expect(one.look(zones({ '': [100, 40] }), 1000)).toEqual([]);
  expect(one.isOpen('')).toBe(true);
  expect(one.look(zones({ '': [100, 1] }), 3000)).toEqual([
    { kind: 'closed', scope: 'zone ', counted: 1, expected: 100 },
  ]);
  expect(one.isOpen('')).toBe(false);
});

test("Octavia's failover_threshold counts whatever the percentage", () => {
  const one = breaker({ threshold: 3, percent: 0 });
  one.look(zones({ a: [1000, 2] }), 0);
  expect(one.isOpen('a')).toBe(false);
  one.look(zones({ a: [1000, 2], b: [1000, 1] }), 0);
  expect(one.isOpen('a')).toBe(true);
});
