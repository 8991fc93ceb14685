import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { migrateEngine } from './engine/schema.ts';
import { sweepStuck } from './stuck-sweeper.ts';
import { silentLogger } from './testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from './testing/rows.ts';

let test_: TestDatabase;

beforeAll(async () => {
  test_ = await createTestDatabase();
  await migrateEngine(test_.url);
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

test('a load balancer of another provider is left alone', async () => {
  expect(await statusAfterSweep(await pendingWithFlow(null, 'acme'))).toBe('PENDING_UPDATE');
});
