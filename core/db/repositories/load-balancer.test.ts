import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/testing/servers.ts';
import { MUTABLE } from '../../domain/status.ts';
import { aLoadBalancer } from '../testing/nouns.ts';
import { transaction } from '../transaction.ts';
import { loadBalancers } from './load-balancer.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

test('a load balancer comes back from the database as it went in', async () => {
  const loadBalancer = aLoadBalancer();
  await transaction(own.database, (tx) => loadBalancers.insert(tx, loadBalancer));
  expect(await loadBalancers.find(own.database, loadBalancer.id)).toEqual(loadBalancer);
});

test('of two requests at once only one locks the load balancer', async () => {
  const { id, ...rest } = aLoadBalancer();
  await transaction(own.database, (tx) => loadBalancers.insert(tx, { id, ...rest }));
  const take = () =>
    transaction(own.database, (tx) => loadBalancers.lock(tx, id, MUTABLE, 'PENDING_UPDATE'));
  const [first, second] = await Promise.all([take(), take()]);
  expect([first, second].filter((lock) => lock?.isLocked)).toHaveLength(1);
});

test('what a transaction did is gone when it throws', async () => {
  const loadBalancer = aLoadBalancer();
  const failing = transaction(own.database, async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    throw new Error('later');
  });
  await expect(failing).rejects.toThrow('later');
  expect(await loadBalancers.find(own.database, loadBalancer.id)).toBeNull();
});
