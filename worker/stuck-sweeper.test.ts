import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { sweepStuck } from './stuck-sweeper.ts';
import { silentLogger } from './testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from './testing/rows.ts';

let test_: TestDatabase;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

/** A load balancer whose flow is in that state of the engine's; null: it has none. */
async function pendingWithFlow(flowStatus: string | null, provider = 'amphora'): Promise<Family> {
  const family = newFamily();
  const { loadBalancerId } = family;
  await transaction(test_.database, async (tx) => {
    await insertFamily(tx, family, 'PENDING_UPDATE');
    await tx.query('update load_balancer set provider = $2 where id = $1', [
      loadBalancerId,
      provider,
    ]);
    if (flowStatus === null) return;
    const id = await enqueue(
      tx,
      'load-balancer-update',
      { loadBalancerId },
      { requestId: randomUUID() },
    );
    // The engine forgets the deduplication id when a flow leaves its queue for good, or is resumed by hand.
    await tx.query(
      'update dbos.workflow_status set status = $2, deduplication_id = null where workflow_uuid = $1',
      [id, flowStatus],
    );
  });
  return family;
}

async function statusAfterSweep({ loadBalancerId }: Family): Promise<string | undefined> {
  await sweepStuck(test_.database, silentLogger);
  return (await loadBalancers.find(test_.database, loadBalancerId))?.provisioningStatus;
}

test.each(['CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED', 'ERROR', null])(
  'a load balancer that is pending while its flow is %s comes into ERROR with all below it',
  async (flowStatus) => {
    const family = await pendingWithFlow(flowStatus);
    expect(await statusAfterSweep(family)).toBe('ERROR');
    expect((await pools.find(test_.database, family.poolId))?.provisioningStatus).toBe('ERROR');
  },
);

test.each(['ENQUEUED', 'PENDING', 'DELAYED'])(
  'a load balancer whose flow is %s is left alone',
  async (flowStatus) => {
    expect(await statusAfterSweep(await pendingWithFlow(flowStatus))).toBe('PENDING_UPDATE');
  },
);

test('an amphora that is going without a flow comes into ERROR, one with a flow is left alone', async () => {
  const { loadBalancerId } = await pendingWithFlow('PENDING');
  const [lost, going, ofFlow, serving] = [1, 2, 3, 4].map(() => randomUUID()) as [
    string,
    string,
    string,
    string,
  ];
  await transaction(test_.database, async (tx) => {
    const insert = (id: string, status: string, parent: string | null) =>
      tx.query('insert into amphora (id, status, load_balancer_id) values ($1, $2, $3)', [
        id,
        status,
        parent,
      ]);
    await insert(lost, 'PENDING_DELETE', null);
    await insert(going, 'PENDING_DELETE', null);
    await insert(ofFlow, 'PENDING_DELETE', loadBalancerId);
    await insert(serving, 'ALLOCATED', null);
    await enqueue(tx, 'amphora-delete', { amphoraId: going }, { requestId: randomUUID() });
  });
  await sweepStuck(test_.database, silentLogger);
  const found = await test_.database.query<{ id: string; status: string }>(
    'select id, status from amphora where id = any($1)',
    [[lost, going, ofFlow, serving]],
  );
  expect(Object.fromEntries(found.rows.map((row) => [row.id, row.status]))).toEqual({
    [lost]: 'ERROR',
    [going]: 'PENDING_DELETE',
    [ofFlow]: 'PENDING_DELETE',
    [serving]: 'ALLOCATED',
  });
});

test('a load balancer of another provider is left alone', async () => {
  expect(await statusAfterSweep(await pendingWithFlow(null, 'acme'))).toBe('PENDING_UPDATE');
});

test('what is pending below a load balancer that nobody holds comes into ERROR, at every level', async () => {
  const [lost, held] = [newFamily(), await pendingWithFlow('PENDING')];
  await transaction(test_.database, async (tx) => {
    await insertFamily(tx, lost, 'PENDING_UPDATE');
    await tx.query(`update load_balancer set provisioning_status = 'ACTIVE' where id = $1`, [
      lost.loadBalancerId,
    ]);
  });
  await sweepStuck(test_.database, silentLogger);
  const statuses = async (family: Family): Promise<readonly string[]> => {
    const found = await test_.database.query<{ status: string }>(
      `select provisioning_status as status from listener where id = $1
       union all select provisioning_status from pool where id = $2
       union all select provisioning_status from member where id = $3
       union all select provisioning_status from health_monitor where id = $4
       union all select provisioning_status from l7_policy where id = $5
       union all select provisioning_status from l7_rule where id = $6`,
      [
        family.listenerId,
        family.poolId,
        family.memberId,
        family.healthMonitorId,
        family.l7PolicyId,
        family.l7RuleId,
      ],
    );
    return found.rows.map((row) => row.status);
  };
  expect(await statuses(lost)).toEqual(Array(6).fill('ERROR'));
  expect(await statuses(held)).toEqual(Array(6).fill('PENDING_UPDATE'));
  const { provisioningStatus } =
    (await loadBalancers.find(test_.database, lost.loadBalancerId)) ?? {};
  expect(provisioningStatus).toBe('ACTIVE');
});
