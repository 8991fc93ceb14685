import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { invalidState, notFound } from '../../faults.ts';

/**
 * Takes the lock for an operation on the load balancer itself: the text differs from that of its children.
 * @param refuse what is refused first, even in a wrong state: nobody changes it any more
 */
export async function lockItself(
  tx: Transaction,
  id: string,
  allowed: readonly ProvisioningStatus[],
  pending: ProvisioningStatus,
  refuse = async (): Promise<unknown> => undefined,
): Promise<LoadBalancer> {
  const lock = await loadBalancers.lock(tx, id, allowed, pending);
  // It may have gone while we waited for it.
  if (lock === null || lock.loadBalancer.provisioningStatus === ProvisioningStatus.Deleted)
    throw notFound('Load Balancer', id);
  await refuse();
  if (!lock.isLocked) throw invalidState(lock.loadBalancer.provisioningStatus, id);
  return lock.loadBalancer;
}
