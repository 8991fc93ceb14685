import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { Step } from '../flow.ts';
import { guardChild } from './child.ts';
import { settle } from './statuses.ts';
import type { OfLoadBalancer } from './tree.ts';

export interface OfPool extends OfLoadBalancer {
  readonly poolId: string;
}

export const guardPool = guardChild<OfPool>('pool', (state) => state.poolId);

/** The row goes with its members and its health monitor, and each leaves the quota; the load balancer is free again. */
export const removePool: Step<OfPool> = {
  name: 'remove-pool',
  async run({ loadBalancerId, poolId }, { database }) {
    await transaction(database, async (tx) => {
      await deletePool(tx, poolId);
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};

async function deletePool(tx: Transaction, poolId: string): Promise<void> {
  const pool = await pools.hold(tx, poolId, 'update');
  if (pool === null) return;
  const memberCount = (await members.findBy(tx, 'poolId', poolId)).length;
  const monitorCount = (await healthMonitors.findBy(tx, 'poolId', poolId)).length;
  await pools.delete(tx, poolId);
  await releaseQuota(tx, pool.projectId, 'pool', 1);
  if (memberCount > 0) await releaseQuota(tx, pool.projectId, 'member', memberCount);
  if (monitorCount > 0) await releaseQuota(tx, pool.projectId, 'healthMonitor', monitorCount);
}
