import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Step } from '../flow.ts';
import { guardChild } from './child.ts';
import { releaseL7Policies } from './l7-quota.ts';
import { settle } from './statuses.ts';
import type { OfLoadBalancer } from './tree.ts';

export interface OfListener extends OfLoadBalancer {
  readonly listenerId: string;
}

export const guardListener = guardChild<OfListener>('listener', (state) => state.listenerId);

/** The row goes, with its L7 policies, its statistics and their places in the quota; the load balancer is free again. */
export const removeListener: Step<OfListener> = {
  name: 'remove-listener',
  async run({ loadBalancerId, listenerId }, { database }) {
    await transaction(database, async (tx) => {
      const listener = await listeners.hold(tx, listenerId, 'update');
      if (listener !== null) {
        await releaseL7Policies(tx, await l7Policies.findBy(tx, 'listenerId', listenerId));
        await listeners.delete(tx, listenerId);
        await tx.query('delete from listener_statistics where listener_id = $1', [listenerId]);
        await releaseQuota(tx, listener.projectId, 'listener', 1);
      }
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};
