import { transaction } from '#core/db/transaction.ts';
import { type Amphora, isInPlace } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { plugSubnet, subnetsOf } from './member-port.ts';
import { forgetOutdated } from './outdated.ts';
import { classify } from './patience.ts';
import { markRefused } from './refused-listener.ts';
import { settle } from './statuses.ts';
import { loadBalancerOf, type OfLoadBalancer, treeOf } from './tree.ts';

interface OfAmphora extends OfLoadBalancer {
  readonly amphoraId: string;
}

/** The load balancer serves by its other amphora: whatever becomes of this one, it is as it was. */
export const guardRefresh: Step<OfAmphora> = {
  name: 'guard-refresh',
  async run(state, world) {
    await loadBalancerOf(state, world);
    return {};
  },
  async undo({ loadBalancerId }, { database }) {
    await transaction(database, (tx) => settle(tx, loadBalancerId));
  },
};

/** Tells the amphora all there is. One that does not take it now is tried again later, and at last replaced. */
export const refreshAmphora: Step<OfAmphora> = {
  name: 'refresh-amphora',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const amphora = tree.amphorae.find(({ id }) => id === state.amphoraId);
    if (amphora === undefined || !isInPlace(amphora)) return {};
    try {
      await refresh(amphora, tree, world);
    } catch (error) {
      if (classify(error) === 'outage') throw error;
      world.logger.warn({ error }, 'an amphora is still not up to date');
    }
    return {};
  },
};

async function refresh(amphora: Amphora, tree: LoadBalancerTree, world: World): Promise<void> {
  const { pair: patience } = world.patience;
  for (const subnetId of subnetsOf(tree)) await plugSubnet(amphora, subnetId, world, patience);
  const refused = await world.amphora.applyLoadBalancer(amphora, tree, patience);
  await world.amphora.applyVrrp(amphora, tree, patience);
  await markRefused(tree, refused, world);
  await forgetOutdated(amphora.id, world);
  world.logger.info({}, 'an amphora that missed a change is up to date');
}
