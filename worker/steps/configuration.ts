import type { RefusedListener } from '#core/ports/amphora.ts';
import type { Step } from '../flow.ts';
import type { OfMachines } from './machine.ts';
import { newAmphoraeOf, treeToBe } from './new-amphora.ts';
import { tellServing } from './outdated.ts';
import { inParallel } from './parallel.ts';
import { permanent } from './patience.ts';
import { markRefused, warnOfRefused } from './refused-listener.ts';
import { type OfLoadBalancer, servingAmphorae, treeOf } from './tree.ts';

/** Makes every serving amphora carry what is stored; of a pair one that does is enough for now. */
export const pushConfiguration: Step<OfLoadBalancer> = {
  name: 'push-configuration',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const serving = servingAmphorae(tree);
    if (serving.length === 0)
      throw permanent(
        `load balancer ${tree.id} has no amphora to configure; a failover will give it one`,
      );
    const refused = await tellServing(
      serving,
      (amphora, patience) => world.amphora.applyLoadBalancer(amphora, tree, patience),
      world,
    );
    await markRefused(tree, refused.flat(), world);
    return {};
  },
};

/** As above, but where only the VIP's port was changed: amphorae know nothing of that, and would reload for nothing. */
export const pushUnlessPortOnly: Step<OfLoadBalancer & { readonly isPortOnly?: boolean }> = {
  ...pushConfiguration,
  run: async (state, world) =>
    state.isPortOnly === true ? {} : pushConfiguration.run(state, world),
};

/** What the new amphorae do not serve as it is stored. */
export interface OfConfigured extends OfMachines {
  readonly refusedListeners: readonly Omit<RefusedListener, 'reason'>[];
}

/**
 * Makes the new amphorae carry what is stored; without a listener there is nothing to carry. One that they refuse keeps
 * nobody from the others: it is published with the end of the flow.
 */
export const configureNewAmphorae: Step<OfMachines, Pick<OfConfigured, 'refusedListeners'>> = {
  name: 'configure-new-amphorae',
  async run(state, world) {
    const tree = await treeToBe(state, world);
    if (tree.listeners.length === 0) return { refusedListeners: [] };
    const refused = await inParallel(await newAmphoraeOf(state, world), (amphora) =>
      world.amphora.applyLoadBalancer(amphora, tree),
    );
    const refusedListeners = refused.flat().map(({ listenerId, l7PolicyId, reason }) => {
      warnOfRefused(tree, listenerId, reason, world.logger);
      return { listenerId, l7PolicyId };
    });
    return { refusedListeners };
  },
};
