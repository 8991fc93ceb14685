import { transaction } from '#core/db/transaction.ts';
import type { ListenerTree, LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { isPending } from '#core/domain/status.ts';
import type { RefusedListener } from '#core/ports/amphora.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { World } from '../world.ts';
import { permanent } from './patience.ts';
import { markChildError } from './statuses.ts';

/**
 * Puts the listeners in ERROR that amphorae do not serve as stored, with the policies at fault; all others serve, and
 * whoever changes those is not told about these again.
 * @throws permanent when the operation is about such a listener: what it was to bring is not in force
 */
export async function markRefused(
  tree: LoadBalancerTree,
  refused: readonly RefusedListener[],
  { database, logger }: Pick<World, 'database' | 'logger'>,
): Promise<void> {
  if (refused.length === 0) return;
  await transaction(database, (tx) => refuseListeners(tx, refused));
  const changing = new Set(tree.listeners.filter(isChanging).map(({ id }) => id));
  for (const { listenerId, reason } of refused) {
    if (changing.has(listenerId)) throw permanent(reason);
    warnOfRefused(tree, listenerId, reason, logger);
  }
}

/** Publishes ERROR for them, over what they were. */
export async function refuseListeners(
  tx: Transaction,
  refused: readonly Omit<RefusedListener, 'reason'>[],
): Promise<void> {
  for (const { listenerId, l7PolicyId } of refused) {
    await markChildError(tx, 'listener', listenerId);
    if (l7PolicyId !== null) await markChildError(tx, 'l7_policy', l7PolicyId);
  }
}

export function warnOfRefused(
  { id }: Pick<LoadBalancerTree, 'id'>,
  listenerId: string,
  reason: string,
  logger: Logger,
): void {
  const ids = { load_balancer_id: id, listener_id: listenerId };
  logger.warn({ ...ids, reason }, 'a listener is not served as it is stored');
}

/** With what hangs below it: when this step runs again after a crash, the listener itself is in ERROR already. */
function isChanging(listener: ListenerTree): boolean {
  const { l7Policies } = listener;
  const parts = [listener, ...l7Policies, ...l7Policies.flatMap(({ rules }) => rules)];
  return parts.some(({ provisioningStatus }) => isPending(provisioningStatus));
}
