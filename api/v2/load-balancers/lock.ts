import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { invalidState, notFound } from '../../faults.ts';

/** Takes the lock for an operation on the load balancer itself: the text differs from that of its children. */
export async function lockItself(
  tx: Transaction,
  id: string,
  allowed: readonly ProvisioningStatus[],
  pending: ProvisioningStatus,
): Promise<LoadBalancer> {
  const lock = await loadBalancers.lock(tx, id, allowed, pending);
  if (lock === null) throw notFound('Load Balancer', id);
  if (!lock.isLocked) throw invalidState(lock.loadBalancer.provisioningStatus, id);
  return lock.loadBalancer;
}
