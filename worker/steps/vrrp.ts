import type { Amphora } from '#core/domain/amphora.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import type { OfMachines } from './machine.ts';
import { haveTakenOver, treeToBe, updateAmphora } from './new-amphora.ts';
import { noteOutdated } from './outdated.ts';
import { inParallel } from './parallel.ts';
import { bestEffort } from './patience.ts';
import type { OfNewAmphorae } from './plan.ts';
import { servingAmphorae, treeOf } from './tree.ts';

/**
 * Tells the amphora that stays of its new neighbour: before that one starts, since an amphora whom nobody greets takes
 * the VIP. One that cannot be told does not hold the failover up; it is told when it answers, or replaced in its turn.
 */
export const informStaying: Step<OfMachines> = {
  name: 'inform-staying',
  async run(state, world) {
    await inform(await treeToBe(state, world), state, world);
    return {};
  },
  async undo(state, world) {
    if (!(await haveTakenOver(state, world)))
      await inform(await treeOf(state, world), state, world);
  },
};

/** From here on the new amphorae of a pair speak for the VIP. */
export const startVrrp: Step<OfMachines> = {
  name: 'start-vrrp',
  async run(state, world) {
    const tree = await treeToBe(state, world);
    if (tree.topology !== Topology.ActiveStandby) return {};
    const ours = idsOf(state);
    const starting = tree.amphorae.filter(({ id }) => ours.includes(id));
    await inParallel(starting, async (amphora) => {
      await world.amphora.applyVrrp(amphora, tree);
      const { id, vrrpIp } = amphora;
      const vrrpInterface =
        vrrpIp && (await world.amphora.findInterface(amphora, vrrpIp, world.patience.standby));
      await updateAmphora(world, id, { vrrpInterface });
    });
    return {};
  },
};

/** Those of the load balancer that serve and were not built by this flow. */
export function stayingOf(tree: LoadBalancerTree, state: OfNewAmphorae): readonly Amphora[] {
  const ours = idsOf(state);
  return servingAmphorae(tree).filter(({ id }) => !ours.includes(id));
}

async function inform(tree: LoadBalancerTree, state: OfNewAmphorae, world: World): Promise<void> {
  if (tree.topology !== Topology.ActiveStandby) return;
  await inParallel(stayingOf(tree, state), async (amphora) => {
    const isTold =
      (await doesAnswer(amphora, world)) &&
      (await bestEffort(world, `tell amphora ${amphora.id} who shares its VIP`, async () => {
        if (tree.listeners.length > 0) await world.amphora.applyLoadBalancer(amphora, tree);
        await world.amphora.applyVrrp(amphora, tree);
      }));
    if (!isTold) await noteOutdated([{ amphora, reason: 'who shares its VIP' }], world);
  });
}

/** Asked only briefly: where both of a pair are dead, nobody is served until this is over. */
async function doesAnswer(amphora: Amphora, { amphora: driver, patience, logger }: World) {
  return driver.getInfo(amphora, patience.standby).then(
    () => true,
    (error: unknown) => {
      logger.warn({ error, amphora_id: amphora.id }, 'does not answer, going on without it');
      return false;
    },
  );
}

function idsOf({ newAmphorae }: OfNewAmphorae): readonly string[] {
  return newAmphorae.map(({ amphoraId }) => amphoraId);
}
