import type { Step } from '../flow.ts';
import { inParallel } from './parallel.ts';
import { stubborn } from './patience.ts';
import { type OfLoadBalancer, servingAmphorae, treeOf } from './tree.ts';

/**
 * Has the amphorae's ports on the VIP network obey the policy that the load balancer names now, also where that is none.
 * Ports of amphorae that a flow builds are made with it. There is no undo: ports follow the load balancer's row, and the
 * row keeps what the user asked for. A network that knows no policies has none to take away; the API lets none in.
 */
export const applyQosPolicy: Step<OfLoadBalancer> = {
  name: 'apply-qos-policy',
  retry: stubborn,
  async run(state, world) {
    const tree = await treeOf(state, world);
    await inParallel(servingAmphorae(tree), async ({ vrrpPortId }) => {
      if (vrrpPortId !== null)
        await world.network.applyQosPolicy?.(vrrpPortId, tree.vip.qosPolicyId);
    });
    return {};
  },
};
