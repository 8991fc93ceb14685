import type { Database } from '#core/db/pool.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { holdQuota, releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import type { QuotaNoun } from '#core/domain/quota.ts';
import { type OperatingStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { Transaction } from '#core/ports/transaction.ts';

export type ChildNoun =
  | 'members'
  | 'healthmonitors'
  | 'pools'
  | 'l7rules'
  | 'l7policies'
  | 'listeners';

const CHILDREN: Readonly<Record<ChildNoun, { table: string; quota: QuotaNoun }>> = {
  members: { table: 'member', quota: 'member' },
  healthmonitors: { table: 'health_monitor', quota: 'healthMonitor' },
  pools: { table: 'pool', quota: 'pool' },
  l7rules: { table: 'l7_rule', quota: 'l7Rule' },
  l7policies: { table: 'l7_policy', quota: 'l7Policy' },
  listeners: { table: 'listener', quota: 'listener' },
};

/**
 * Removes an object whose provider says that it is deleted, and gives its quota back, with that of all below it. The
 * policies behind a policy move up.
 * @returns whether it was there
 */
export async function removeChild(tx: Transaction, noun: ChildNoun, id: string): Promise<boolean> {
  if (noun === 'pools') await removeBelowPool(tx, id);
  if (noun === 'listeners') await removeBelowListeners(tx, 'id = $1', id);
  if (noun === 'l7policies') return removeL7Policy(tx, id);
  return (await removeRows(tx, noun, 'id = $1', id)) > 0;
}

/**
 * Marks a load balancer deleted, once its VIP is given back; the row stays for housekeeping. Whatever its provider
 * left below it goes, since nobody could ever delete that.
 * @returns whether it was there
 */
export async function removeLoadBalancer(
  database: Database,
  network: NetworkDriver,
  id: string,
  operatingStatus: OperatingStatus | null,
): Promise<boolean> {
  const found = await loadBalancers.find(database, id);
  if (found === null || found.provisioningStatus === ProvisioningStatus.Deleted)
    return found !== null;
  // Outside the transaction, since it may be slow; repeated when the transaction fails, which it bears.
  if (found.vip.isOctaviaOwned) await network.deallocateVip(id, found.vip);
  return transaction(database, async (tx) => {
    await holdQuota(tx, found.projectId);
    const others = Object.values(ProvisioningStatus).filter((status) => status !== 'DELETED');
    const lock = await loadBalancers.lock(tx, id, others, ProvisioningStatus.Deleted);
    if (lock === null || !lock.isLocked) return lock !== null;
    const ofLoadBalancer = 'load_balancer_id = $1';
    for (const { id: poolId } of await idsOf(tx, 'pool', ofLoadBalancer, id))
      await removeBelowPool(tx, poolId);
    await removeBelowListeners(tx, ofLoadBalancer, id);
    await removeRows(tx, 'listeners', ofLoadBalancer, id);
    await removeRows(tx, 'pools', ofLoadBalancer, id);
    await releaseQuota(tx, found.projectId, 'loadBalancer', 1);
    if (operatingStatus !== null) await loadBalancers.update(tx, id, { operatingStatus });
    return true;
  });
}

async function removeL7Policy(tx: Transaction, id: string): Promise<boolean> {
  const policy = await l7Policies.find(tx, id);
  if (policy === null) return false;
  await removeRows(tx, 'l7rules', 'l7_policy_id = $1', id);
  await releaseQuota(tx, policy.projectId, 'l7Policy', 1);
  return l7Policies.delete(tx, policy);
}

async function removeBelowListeners(
  tx: Transaction,
  condition: string,
  value: string,
): Promise<void> {
  const ofListeners = `listener_id in (select id from listener where ${condition})`;
  const ofPolicies = `l7_policy_id in (select id from l7_policy where ${ofListeners})`;
  await removeRows(tx, 'l7rules', ofPolicies, value);
  await removeRows(tx, 'l7policies', ofListeners, value);
}

async function removeBelowPool(tx: Transaction, poolId: string): Promise<void> {
  await removeRows(tx, 'members', 'pool_id = $1', poolId);
  await removeRows(tx, 'healthmonitors', 'pool_id = $1', poolId);
}

async function removeRows(
  tx: Transaction,
  noun: ChildNoun,
  condition: string,
  value: string,
): Promise<number> {
  const { table, quota } = CHILDREN[noun];
  const removed = await tx.query<{ projectId: string }>(
    `delete from ${table} where ${condition} returning project_id as "projectId"`,
    [value],
  );
  const byProject = Map.groupBy(removed.rows, (row) => row.projectId);
  for (const [projectId, rows] of byProject) await releaseQuota(tx, projectId, quota, rows.length);
  return removed.rows.length;
}

async function idsOf(
  tx: Transaction,
  table: string,
  condition: string,
  value: string,
): Promise<readonly { readonly id: string }[]> {
  return (await tx.query<{ id: string }>(`select id from ${table} where ${condition}`, [value]))
    .rows;
}
