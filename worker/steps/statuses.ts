import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { isPending, ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';

/** The tables of what hangs below a load balancer, with the condition that picks those of one. */
const OF_LOAD_BALANCER = {
  listener: 'load_balancer_id = $1',
  pool: 'load_balancer_id = $1',
  member: 'pool_id in (select id from pool where load_balancer_id = $1)',
  health_monitor: 'pool_id in (select id from pool where load_balancer_id = $1)',
  l7_policy: 'listener_id in (select id from listener where load_balancer_id = $1)',
  l7_rule: `l7_policy_id in (select p.id from l7_policy p join listener l on l.id = p.listener_id
    where l.load_balancer_id = $1)`,
} as const;

export type ChildTable = keyof typeof OF_LOAD_BALANCER;
const CHILDREN = Object.keys(OF_LOAD_BALANCER) as ChildTable[];

const PENDING = Object.values(ProvisioningStatus).filter(isPending);
const WANTED = [ProvisioningStatus.PendingCreate, ProvisioningStatus.PendingUpdate];
const NOT_DELETED = Object.values(ProvisioningStatus).filter(
  (status) => status !== ProvisioningStatus.Deleted,
);
const TOUCHED = `updated_at = date_trunc('second', clock_timestamp())`;

/**
 * Ends an operation well: whatever it had made PENDING_CREATE or PENDING_UPDATE is ACTIVE. One
 * operation at a time holds the load balancer, so everything pending below it is that operation's. What is in ERROR
 * stays so.
 */
export async function settle(tx: Transaction, loadBalancerId: string): Promise<void> {
  await end(tx, loadBalancerId, WANTED);
}

/** As `settle`, and what was in ERROR is ACTIVE too: the amphorae were built anew with all of it. */
export async function settleAll(tx: Transaction, loadBalancerId: string): Promise<void> {
  await end(tx, loadBalancerId, [...WANTED, ProvisioningStatus.Error]);
}

async function end(
  tx: Transaction,
  loadBalancerId: string,
  children: readonly ProvisioningStatus[],
): Promise<void> {
  await loadBalancers.lock(tx, loadBalancerId, PENDING, ProvisioningStatus.Active);
  await moveChildren(tx, loadBalancerId, children, ProvisioningStatus.Active);
}

/** Ends an operation on the load balancer itself in ERROR, with whatever it left pending below. */
export async function settleAsError(tx: Transaction, loadBalancerId: string): Promise<void> {
  await loadBalancers.lock(tx, loadBalancerId, NOT_DELETED, ProvisioningStatus.Error);
  await moveChildren(tx, loadBalancerId, PENDING, ProvisioningStatus.Error);
}

/** These have no heartbeat: they are ONLINE when they are enabled and in force. */
export async function showSilentChildren(tx: Transaction, loadBalancerId: string): Promise<void> {
  for (const child of ['health_monitor', 'l7_policy', 'l7_rule'] as const)
    await tx.query(
      `update ${child} set operating_status = case when is_enabled then 'ONLINE' else 'OFFLINE' end
       where ${OF_LOAD_BALANCER[child]} and provisioning_status = 'ACTIVE'`,
      [loadBalancerId],
    );
}

/** The one object of an operation failed. */
export async function markChildError(
  tx: Transaction,
  child: ChildTable,
  id: string,
): Promise<void> {
  await tx.query(`update ${child} set provisioning_status = $2, ${TOUCHED} where id = $1`, [
    id,
    ProvisioningStatus.Error,
  ]);
}

async function moveChildren(
  tx: Transaction,
  loadBalancerId: string,
  from: readonly ProvisioningStatus[],
  to: ProvisioningStatus,
): Promise<void> {
  for (const child of CHILDREN)
    await tx.query(
      `update ${child} set provisioning_status = $2, ${TOUCHED}
       where ${OF_LOAD_BALANCER[child]} and provisioning_status = any($3)`,
      [loadBalancerId, to, from],
    );
}
