import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { haveTakenOver, updateAmphora } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import { bestEffort } from './patience.ts';
import type { OfReplacement } from './plan.ts';
import { removeAmphora } from './removal.ts';
import { loadBalancerOf, type OfLoadBalancer, treeOf } from './tree.ts';
import { plugVipInto } from './vip.ts';
import { stayingOf } from './vrrp.ts';

/** Takes them out of service: no heartbeat of theirs counts any more. A failed failover shows them in ERROR. */
export const retireReplaced: Step<OfReplacement> = {
  name: 'retire-replaced',
  async run({ replacedAmphoraIds }, world) {
    await retire(replacedAmphoraIds, world);
    return {};
  },
  undo: ({ replacedAmphoraIds }, world) => markFailed(replacedAmphoraIds, world),
};

/** Takes all that the load balancer has out of service; it may have none. */
export const retireAllAmphorae: Step<OfLoadBalancer> = {
  name: 'retire-all-amphorae',
  async run(state, world) {
    await retire(await amphoraIdsOf(state, world), world);
    return {};
  },
  async undo(state, world) {
    await markFailed(await amphoraIdsOf(state, world), world);
  },
};

/** One that is alone has the VIP as soon as it is plugged: then nobody else may have it. */
export const detachSingle = detaching('detach-replaced-single', Topology.Single);

/** Of a pair keepalived brings the VIP up: until it starts the old amphorae may serve. */
export const detachOfPair = detaching('detach-replaced-of-pair', Topology.ActiveStandby);

/**
 * Takes the VIP's port from the old amphorae, just before the new ones speak for the VIP: one that is alive after all
 * would answer for it too. A machine that cannot be reached does not hold the failover up. When a later step fails
 * they get it back, unless another amphora serves: an old amphora that still serves is better than none.
 */
function detaching(name: string, topology: Topology): Step<OfReplacement> {
  return {
    name,
    async run(state, world) {
      if ((await loadBalancerOf(state, world)).topology !== topology) return {};
      const old = await amphoraeOf(state.replacedAmphoraIds, world);
      await inParallel(old, (amphora) => detach(amphora, world));
      return {};
    },
    async undo(state, world) {
      const tree = await treeOf(state, world);
      if (tree.topology !== topology || (await haveTakenOver(state, world))) return;
      if (stayingOf(tree, state).length > 0) return;
      await inParallel(await amphoraeOf(state.replacedAmphoraIds, world), async (old) => {
        await bestEffort(world, `give amphora ${old.id} its VIP back`, () =>
          reattach(old, state, world),
        );
      });
    },
  };
}

/**
 * Removes what was replaced. The new amphorae carry the traffic by now, so nothing here may fail the flow: a machine
 * that cannot be removed stays on record as an amphora in ERROR.
 */
export const removeReplaced: Step<OfReplacement> = {
  name: 'remove-replaced',
  async run({ replacedAmphoraIds }, world) {
    await inParallel(await amphoraeOf(replacedAmphoraIds, world), async (old) => {
      const isGone = await bestEffort(world, `remove amphora ${old.id}`, () =>
        removeAmphora(old, world),
      );
      const status = isGone ? AmphoraStatus.Deleted : AmphoraStatus.Error;
      await updateAmphora(world, old.id, { status });
    });
    return {};
  },
};

async function detach({ id, computeId, vrrpPortId }: Amphora, world: World): Promise<void> {
  if (computeId === null || vrrpPortId === null) return;
  await bestEffort(world, `detach the VIP port of amphora ${id}`, () =>
    world.compute.detachPort(computeId, vrrpPortId),
  );
}

async function reattach(amphora: Amphora, state: OfLoadBalancer, world: World): Promise<void> {
  const { computeId, vrrpPortId } = amphora;
  if (computeId === null || vrrpPortId === null) return;
  if ((await world.compute.get(computeId)) === null) return;
  await world.compute.attachPort(computeId, vrrpPortId);
  const tree = await treeOf(state, world);
  await plugVipInto(amphora, tree, world);
  if (tree.topology === Topology.ActiveStandby) await world.amphora.applyVrrp(amphora, tree);
}

async function amphoraIdsOf(state: OfLoadBalancer, world: World): Promise<readonly string[]> {
  return (await treeOf(state, world)).amphorae.map(({ id }) => id);
}

async function amphoraeOf(
  ids: readonly string[],
  { database }: World,
): Promise<readonly Amphora[]> {
  const found = await Promise.all(ids.map((id) => amphorae.find(database, id)));
  return found.filter((amphora) => amphora !== null);
}

async function retire(ids: readonly string[], { database }: World): Promise<void> {
  await transaction(database, async (tx) => {
    for (const id of ids) {
      const amphora = await amphorae.hold(tx, id, 'update');
      if (amphora === null || amphora.status === AmphoraStatus.Deleted) continue;
      await amphorae.update(tx, id, { status: AmphoraStatus.PendingDelete });
    }
  });
}

/** Those that are gone already stay so. */
async function markFailed(ids: readonly string[], { database }: World): Promise<void> {
  await transaction(database, async (tx) => {
    for (const id of ids) {
      const amphora = await amphorae.hold(tx, id, 'update');
      if (amphora?.status !== AmphoraStatus.PendingDelete) continue;
      await amphorae.update(tx, id, { status: AmphoraStatus.Error });
    }
  });
}
