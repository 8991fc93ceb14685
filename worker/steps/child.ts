import { transaction } from '#core/db/transaction.ts';
import type { Step } from '../flow.ts';
import { type ChildTable, markChildError, settle } from './statuses.ts';
import { loadBalancerOf, type OfLoadBalancer } from './tree.ts';

/**
 * The guard of an operation on one object below a load balancer: when the operation fails, that object alone is in
 * ERROR, and all else is as before.
 * @param idOf picks the object's id out of the flow's input
 */
export function guardChild<Needs extends OfLoadBalancer>(
  child: ChildTable,
  idOf: (state: Needs) => string,
): Step<Needs> {
  return {
    name: `guard-${child.replace('_', '-')}`,
    async run(state, world) {
      await loadBalancerOf(state, world);
      return {};
    },
    async undo(state, { database }) {
      await transaction(database, async (tx) => {
        await markChildError(tx, child, idOf(state));
        await settle(tx, state.loadBalancerId);
      });
    },
  };
}
