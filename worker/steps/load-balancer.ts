import { loadBalancerRows, loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { holdQuota, releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { AmphoraStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { Step } from '../flow.ts';
import type { OfConfigured } from './configuration.ts';
import { refuseListeners } from './refused-listener.ts';
import { settle, settleAll, settleAsError, showSilentChildren } from './statuses.ts';
import { loadBalancerOf, type OfLoadBalancer, treeOf } from './tree.ts';

/** First of its flow, so undone last: until everything is cleaned up the load balancer stays locked, and then it is in ERROR. */
export const guardLoadBalancer: Step<OfLoadBalancer> = {
  name: 'guard-load-balancer',
  async run(state, world) {
    await loadBalancerOf(state, world);
    return {};
  },
  async undo({ loadBalancerId }, { database }) {
    await transaction(database, (tx) => settleAsError(tx, loadBalancerId));
  },
};

export const markActive: Step<OfLoadBalancer> = {
  name: 'mark-active',
  async run({ loadBalancerId }, { database }) {
    await transaction(database, async (tx) => {
      await settle(tx, loadBalancerId);
      await showSilentChildren(tx, loadBalancerId);
    });
    return {};
  },
};

/** What a flow that replaces a pair one by one has of the second of them. */
interface OfSecond {
  readonly second?: Pick<OfConfigured, 'refusedListeners'>;
}

/** For flows that built amphorae anew with everything there is; what those refused is in ERROR. */
export const markAllActive: Step<OfConfigured & OfSecond> = {
  name: 'mark-all-active',
  async run({ loadBalancerId, newAmphorae, refusedListeners, second }, { database }) {
    const refused = [...refusedListeners, ...(second?.refusedListeners ?? [])];
    const refusedIds = refused.flatMap(({ listenerId, l7PolicyId }) =>
      l7PolicyId === null ? [listenerId] : [listenerId, l7PolicyId],
    );
    await transaction(database, async (tx) => {
      await refuseListeners(tx, refused);
      await (newAmphorae.length > 0
        ? settleAll(tx, loadBalancerId, refusedIds)
        : settle(tx, loadBalancerId));
      await showSilentChildren(tx, loadBalancerId);
    });
    return {};
  },
};

/** Everything below goes in the one transaction that marks it DELETED: a deletion that failed before has lost nothing. */
export const markDeleted: Step<OfLoadBalancer> = {
  name: 'mark-deleted',
  async run(state, world) {
    const { id, projectId } = await loadBalancerOf(state, world);
    await transaction(world.database, async (tx) => {
      // In the order in which requests lock them. Of two workers that both believe to be at it, one finds it done.
      await holdQuota(tx, projectId);
      const row = await loadBalancerRows.hold(tx, id, 'update');
      if (row === null || row.provisioningStatus === ProvisioningStatus.Deleted) return;
      await deleteTree(tx, await treeOf(state, { database: tx }));
    });
    return {};
  },
};

async function deleteTree(tx: Transaction, tree: LoadBalancerTree): Promise<void> {
  const { id, projectId, pools, listeners } = tree;
  const policies = listeners.flatMap((listener) => listener.l7Policies);
  const counts = {
    loadBalancer: 1,
    listener: listeners.length,
    pool: pools.length,
    member: pools.reduce((count, pool) => count + pool.members.length, 0),
    healthMonitor: pools.filter((pool) => pool.healthMonitor !== null).length,
    l7Policy: policies.length,
    l7Rule: policies.flatMap((policy) => policy.rules).length,
  } as const;
  await loadBalancers.update(tx, id, { provisioningStatus: ProvisioningStatus.Deleted });
  await tx.query(
    'delete from listener_statistics where listener_id in (select id from listener where load_balancer_id = $1)',
    [id],
  );
  await tx.query('delete from listener where load_balancer_id = $1', [id]);
  await tx.query('delete from pool where load_balancer_id = $1', [id]);
  await tx.query(
    `update amphora set status = $2, updated_at = date_trunc('second', clock_timestamp())
     where load_balancer_id = $1 and status <> $2`,
    [id, AmphoraStatus.Deleted],
  );
  for (const noun of Object.keys(counts) as (keyof typeof counts)[])
    if (counts[noun] > 0) await releaseQuota(tx, projectId, noun, counts[noun]);
}
