import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/testing/servers.ts';
import type { QuotaLimits } from '../../domain/quota.ts';
import { transaction } from '../transaction.ts';
import { expectQuota, holdQuota, releaseQuota, reserveQuota } from './quota.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const limited = (limit: number): QuotaLimits => ({
  loadBalancer: limit,
  listener: limit,
  pool: limit,
  member: limit,
  healthMonitor: limit,
  l7Policy: limit,
  l7Rule: limit,
});
const reserve = (project: string, count: number, defaults: QuotaLimits) =>
  transaction(own.database, (tx) => reserveQuota(tx, project, 'pool', count, defaults));
const inUse = async (project: string): Promise<number> => {
  const found = await own.database.query<{ used: number }>(
    'select pool_in_use as used from quota where project_id = $1',
    [project],
  );
  return found.rows[0]?.used ?? -1;
};
const MET = 'Quota has been met for resources: Pool';

test('of many requests at once exactly as many succeed as the quota has room for', async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 12 }, () => reserve('busy', 1, limited(5))),
  );
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(5);
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ message: MET });
  expect(await inUse('busy')).toBe(5);
});

test('whoever holds the quota of a project keeps others from it, also when it had no record', async () => {
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
  const holder = transaction(own.database, async (tx) => {
    await holdQuota(tx, 'fresh');
    isHeld();
    await done;
  });
  await held;
  const second = transaction(own.database, async (tx) => {
    await tx.query(`set local lock_timeout = '50ms'`);
    await holdQuota(tx, 'fresh');
  });
  await expect(second.finally(finish)).rejects.toThrow('lock timeout');
  await holder;
});

test('the first requests of a project at once find exactly as much room as there is', async () => {
  for (let round = 0; round < 5; round++) {
    const project = `first-${round}`;
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, () => reserve(project, 1, limited(3))),
    );
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(3);
    expect(await inUse(project)).toBe(3);
  }
});

test('a request that fails later takes nothing', async () => {
  const failing = transaction(own.database, async (tx) => {
    await reserveQuota(tx, 'undone', 'pool', 3, limited(5));
    throw new Error('later');
  });
  await expect(failing).rejects.toThrow('later');
  await reserve('undone', 5, limited(5));
  expect(await inUse('undone')).toBe(5);
});

test('zero allows none, minus one allows all, and the record of a project beats the default', async () => {
  await expect(reserve('none', 1, limited(0))).rejects.toThrow(MET);
  await reserve('all', 1000, limited(-1));
  await own.database.query(`insert into quota (project_id, pool_limit) values ('own', 2)`);
  await reserve('own', 2, limited(0));
  await expect(reserve('own', 1, limited(-1))).rejects.toThrow(MET);
  await expect(expectQuota(own.database, 'own', 'pool', 1, limited(-1))).rejects.toThrow(MET);
  await expectQuota(own.database, 'nobody', 'pool', 1, limited(1));
});

test('what is released can be reserved again, and nothing is released below zero', async () => {
  await reserve('back', 2, limited(2));
  await transaction(own.database, (tx) => releaseQuota(tx, 'back', 'pool', 1));
  await reserve('back', 1, limited(2));
  await transaction(own.database, (tx) => releaseQuota(tx, 'back', 'pool', 9));
  expect(await inUse('back')).toBe(0);
});

test('objects made while quotas were off are counted when they are switched on', async () => {
  await own.database.query(
    `insert into load_balancer (id, project_id, is_enabled, provisioning_status, operating_status, topology)
     values (gen_random_uuid(), 'late', true, 'ERROR', 'OFFLINE', 'SINGLE'),
            (gen_random_uuid(), 'late', true, 'DELETED', 'OFFLINE', 'SINGLE')`,
  );
  const take = () =>
    transaction(own.database, (tx) => reserveQuota(tx, 'late', 'loadBalancer', 1, limited(2)));
  await take();
  await expect(take()).rejects.toThrow('Quota has been met for resources: Load Balancer');
});
