import { prepared } from '#core/db/prepared.ts';
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

/** The same for several tables in one statement. */
const eachOf = (children: readonly ChildTable[], update: (child: ChildTable) => string): string =>
  prepared(
    `with ${children.map((child) => `in_${child} as (${update(child)})`).join(', ')} select`,
  );

const PENDING = Object.values(ProvisioningStatus).filter(isPending);
const WANTED = [ProvisioningStatus.PendingCreate, ProvisioningStatus.PendingUpdate];
const NOT_DELETED = Object.values(ProvisioningStatus).filter(
  (status) => status !== ProvisioningStatus.Deleted,
);
const TOUCHED = `updated_at = date_trunc('second', clock_timestamp())`;

const move = (child: ChildTable): string =>
  `update ${child} set provisioning_status = $2, ${TOUCHED}
   where ${OF_LOAD_BALANCER[child]} and provisioning_status = any($3)`;
const MOVE = eachOf(CHILDREN, move);
const RECOVER = eachOf(
  CHILDREN,
  (child) => `${move(child)} and not ${child === 'l7_rule' ? 'l7_policy_id' : 'id'} = any($4)`,
);
const SHOW_SILENT = eachOf(
  ['health_monitor', 'l7_policy', 'l7_rule'],
  (
    child,
  ) => `update ${child} set operating_status = case when is_enabled then 'ONLINE' else 'OFFLINE' end
    where ${OF_LOAD_BALANCER[child]} and provisioning_status = 'ACTIVE'`,
);

/**
 * Ends an operation well: whatever it had made PENDING_CREATE or PENDING_UPDATE is ACTIVE. One
 * operation at a time holds the load balancer, so everything pending below it is that operation's. What is in ERROR
 * stays so.
 */
export async function settle(tx: Transaction, loadBalancerId: string): Promise<void> {
  await loadBalancers.lock(tx, loadBalancerId, PENDING, ProvisioningStatus.Active);
  await moveChildren(tx, loadBalancerId, WANTED, ProvisioningStatus.Active);
}

/**
 * As `settle`, and what was in ERROR is ACTIVE too: the amphorae were built anew with all of it.
 * @param refusedIds of what they do not serve: that and the rules of such a policy stay in ERROR
 */
export async function settleAll(
  tx: Transaction,
  loadBalancerId: string,
  refusedIds: readonly string[],
): Promise<void> {
  await settle(tx, loadBalancerId);
  const { Error: error, Active: active } = ProvisioningStatus;
  await tx.query(RECOVER, [loadBalancerId, active, [error], refusedIds]);
}

/** Ends an operation on the load balancer itself in ERROR, with whatever it left pending below. */
export async function settleAsError(tx: Transaction, loadBalancerId: string): Promise<void> {
  await loadBalancers.lock(tx, loadBalancerId, NOT_DELETED, ProvisioningStatus.Error);
  await moveChildren(tx, loadBalancerId, PENDING, ProvisioningStatus.Error);
}

/** These have no heartbeat: they are ONLINE when they are enabled and in force. */
export async function showSilentChildren(tx: Transaction, loadBalancerId: string): Promise<void> {
  await tx.query(SHOW_SILENT, [loadBalancerId]);
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
  await tx.query(MOVE, [loadBalancerId, to, from]);
}
