import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transaction } from '#core/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { enqueue } from './enqueue.ts';

const ORIGIN = { requestId: 'req-1' };
let test_: TestDatabase;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

async function flowsOf(loadBalancerId: string): Promise<{ name: string; queue: string }[]> {
  const found = await test_.database.query<{ name: string; queue: string }>(
    `select name, queue_name as queue from dbos.workflow_status where deduplication_id = $1 order by queue_name`,
    [loadBalancerId],
  );
  return found.rows;
}

test('a flow exists once its transaction has committed', async () => {
  const loadBalancerId = randomUUID();
  await transaction(test_.database, (tx) =>
    enqueue(tx, 'load-balancer-create', { loadBalancerId }, ORIGIN),
  );
  expect(await flowsOf(loadBalancerId)).toEqual([{ name: 'load-balancer-create', queue: 'flows' }]);
});

test('no flow remains of a transaction that was rolled back', async () => {
  const loadBalancerId = randomUUID();
  const failing = transaction(test_.database, async (tx) => {
    await enqueue(tx, 'load-balancer-create', { loadBalancerId }, ORIGIN);
    throw new Error('refused by someone else');
  });
  await expect(failing).rejects.toThrow('refused by someone else');
  expect(await flowsOf(loadBalancerId)).toEqual([]);
});

test('a second flow of the same load balancer is refused as immutable', async () => {
  const loadBalancerId = randomUUID();
  const take = () =>
    transaction(test_.database, (tx) =>
      enqueue(tx, 'load-balancer-update', { loadBalancerId }, ORIGIN),
    );
  await take();
  await expect(take()).rejects.toMatchObject({
    code: 'immutable',
    message: `Load Balancer ${loadBalancerId} is immutable and cannot be updated.`,
  });
});

test('a flow whose predecessor is about to be noted as ended waits for that', async () => {
  const loadBalancerId = randomUUID();
  const take = () =>
    transaction(test_.database, (tx) =>
      enqueue(tx, 'load-balancer-update', { loadBalancerId }, ORIGIN),
    );
  const first = await take();
  const second = take();
  await test_.database.query(
    `update dbos.workflow_status set status = 'SUCCESS', deduplication_id = null where workflow_uuid = $1`,
    [first],
  );
  expect(await second).not.toBe(first);
});

test('a failover is refused while another flow of the load balancer is not over', async () => {
  const loadBalancerId = randomUUID();
  await transaction(test_.database, (tx) =>
    enqueue(tx, 'load-balancer-update', { loadBalancerId }, ORIGIN),
  );
  const failover = transaction(test_.database, (tx) =>
    enqueue(tx, 'load-balancer-failover', { loadBalancerId }, ORIGIN),
  );
  await expect(failover).rejects.toMatchObject({ code: 'immutable' });
});

test('the tail of a flow that is about to end is waited for', async () => {
  const loadBalancerId = randomUUID();
  const update = () =>
    transaction(test_.database, (tx) =>
      enqueue(tx, 'load-balancer-update', { loadBalancerId }, ORIGIN),
    );
  const first = await update();
  const second = update();
  await test_.database.query(
    `update dbos.workflow_status set status = 'SUCCESS', deduplication_id = null where workflow_uuid = $1`,
    [first],
  );
  await expect(second).resolves.toMatch(/^[0-9a-f-]{36}$/);
});

test('failovers wait in a queue of their own', async () => {
  const loadBalancerId = randomUUID();
  await transaction(test_.database, (tx) =>
    enqueue(tx, 'amphora-failover', { loadBalancerId, amphoraId: randomUUID() }, ORIGIN),
  );
  expect(await flowsOf(loadBalancerId)).toEqual([{ name: 'amphora-failover', queue: 'failovers' }]);
});
