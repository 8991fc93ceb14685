import type { Step } from '../flow.ts';
import type { OfMachine } from './machine.ts';
import { permanent } from './patience.ts';
import { amphoraOf, type OfLoadBalancer, servingAmphorae, treeOf } from './tree.ts';

/** Makes every serving amphora carry what is stored. All are tried before the first failure counts. */
export const pushConfiguration: Step<OfLoadBalancer> = {
  name: 'push-configuration',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const serving = servingAmphorae(tree);
    if (serving.length === 0)
      throw permanent(
        `load balancer ${tree.id} has no amphora to configure; a failover will give it one`,
      );
    const pushes = await Promise.allSettled(
      serving.map((amphora) => world.amphora.applyLoadBalancer(amphora, tree)),
    );
    const failed = pushes.find((push) => push.status === 'rejected');
    if (failed) throw failed.reason;
    return {};
  },
};

/** Makes a new amphora carry what is stored; without a listener it has nothing to carry. */
export const configureNewAmphora: Step<OfMachine> = {
  name: 'configure-new-amphora',
  async run(state, world) {
    const tree = await treeOf(state, world);
    if (tree.listeners.length === 0) return {};
    const amphora = await amphoraOf(state.newAmphoraId, world);
    await world.amphora.applyLoadBalancer(amphora, tree);
    return {};
  },
};
