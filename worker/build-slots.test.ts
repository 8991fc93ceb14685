import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BuildRequest, ComputeDriver } from '#core/ports/compute.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { withBuildSlots } from './build-slots.ts';

let own: TestDatabase;
let begun: string[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
});
beforeEach(async () => {
  begun = [];
  await own.database.query('delete from build_slot');
});
afterAll(() => own.close());

/** Machines that are building until they are looked at. */
const cloud = {
  async build({ amphoraId }: BuildRequest) {
    begun.push(amphoraId);
    return { computeId: `machine-${amphoraId}` };
  },
  get: async () => null,
  delete: async () => {},
} as unknown as ComputeDriver;

const worker = (
  slotsMax: number,
  looksMax = 1000,
  buildMsMax = 60_000,
  compute = cloud,
): ComputeDriver =>
  withBuildSlots(compute, {
    database: own.database,
    slotsMax,
    looksMax,
    intervalMs: 10,
    buildMsMax,
    clock: systemClock,
  });

const requestOf = (amphoraId: string): BuildRequest => ({ amphoraId }) as BuildRequest;

async function amphoraOf(provisioningStatus: string): Promise<string> {
  const [id, loadBalancerId] = [randomUUID(), randomUUID()];
  await own.database.query(
    `insert into load_balancer (id, project_id, is_enabled, provisioning_status, operating_status, topology)
     values ($1, 'p', true, $2, 'OFFLINE', 'SINGLE')`,
    [loadBalancerId, provisioningStatus],
  );
  await own.database.query(
    `insert into amphora (id, load_balancer_id, status) values ($1, $2, 'PENDING_CREATE')`,
    [id, loadBalancerId],
  );
  return id;
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let look = 0; look < 1500 && !(await isSo()); look++) await systemClock.sleep(10);
  expect(await isSo()).toBe(true);
}

async function waiting(): Promise<number> {
  const found = await own.database.query('select from build_slot where not is_building');
  return found.rowCount ?? 0;
}

test('no more machines are built at a time than allowed, by two workers together; replacements go first', async () => {
  const [one, two] = [worker(1), worker(1)];
  const creates = [await amphoraOf('PENDING_CREATE'), await amphoraOf('PENDING_CREATE')];
  const replacement = await amphoraOf('PENDING_UPDATE');
  const [first = '', second = ''] = creates;
  await one.build(requestOf(first));
  const later = [one.build(requestOf(second)), two.build(requestOf(replacement))];
  await until(async () => (await waiting()) === 2);
  expect(begun).toEqual([first]);

  await two.get(`machine-${first}`);
  await until(() => begun.length === 2);
  expect(begun).toEqual([first, replacement]);
  await one.delete(`machine-${replacement}`);
  await Promise.all(later);
  expect(begun).toEqual([first, replacement, second]);
});

test('a build that gets no turn says so, and stands in nobody’s way', async () => {
  await worker(1).build(requestOf(randomUUID()));
  const late = worker(1, 3).build(requestOf(randomUUID()));
  await expect(late).rejects.toThrow('build_rate_limit');
  expect(await waiting()).toBe(0);
});

test('a build that fails holds no slot', async () => {
  const broken = {
    ...cloud,
    build: () => Promise.reject(new Error('no host is left')),
  } as unknown as ComputeDriver;
  await expect(worker(1, 1000, 60_000, broken).build(requestOf(randomUUID()))).rejects.toThrow(
    'host',
  );
  const next = randomUUID();
  await worker(1, 3).build(requestOf(next));
  expect(begun).toEqual([next]);
});

test('the slot of a worker that died is free after the time that a build may take', async () => {
  await worker(1).build(requestOf(randomUUID()));
  const next = randomUUID();
  await worker(1, 1000, 50).build(requestOf(next));
  expect(begun.at(-1)).toBe(next);
});
