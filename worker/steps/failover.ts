import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { updateAmphora } from './amphora.ts';
import { bestEffort, permanent } from './patience.ts';
import { removeAmphora } from './removal.ts';
import { loadBalancerOf, type OfLoadBalancer, treeOf } from './tree.ts';
import { plugVipInto } from './vip.ts';

export interface OfReplaced extends OfLoadBalancer {
  readonly replacedAmphoraIds: readonly string[];
}

/** Takes one amphora out of service: no heartbeat of it counts any more. A failed failover shows it in ERROR. */
export const retireAmphora: Step<
  OfLoadBalancer & { readonly amphoraId: string },
  { readonly replacedAmphoraIds: readonly string[] }
> = {
  name: 'retire-amphora',
  async run({ loadBalancerId, amphoraId }, world) {
    const amphora = await amphorae.find(world.database, amphoraId);
    if (amphora?.loadBalancerId !== loadBalancerId || amphora.status === AmphoraStatus.Deleted)
      throw permanent(`amphora ${amphoraId} is no amphora of load balancer ${loadBalancerId}`);
    await updateAmphora(world, amphoraId, { status: AmphoraStatus.PendingDelete });
    return { replacedAmphoraIds: [amphoraId] };
  },
  undo: ({ amphoraId }, world) => markFailed([amphoraId], world),
};

/** Takes all that the load balancer has out of service; it may have none. */
export const retireAllAmphorae: Step<
  OfLoadBalancer,
  { readonly replacedAmphoraIds: readonly string[] }
> = {
  name: 'retire-all-amphorae',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const living = tree.amphorae.filter((amphora) => amphora.status !== AmphoraStatus.Deleted);
    for (const { id } of living)
      await updateAmphora(world, id, { status: AmphoraStatus.PendingDelete });
    return { replacedAmphoraIds: living.map((amphora) => amphora.id) };
  },
  async undo(state, world) {
    const retired = (await treeOf(state, world)).amphorae.filter(
      (amphora) => amphora.status === AmphoraStatus.PendingDelete,
    );
    await markFailed(
      retired.map((amphora) => amphora.id),
      world,
    );
  },
};

/**
 * Takes the VIP's port from the old amphorae, just before the new one announces the VIP: one that is alive after all
 * would answer for it too. A machine that cannot be reached does not hold the failover up. When a later step fails
 * they get it back: an old amphora that still serves is better than none.
 */
export const detachReplaced: Step<OfReplaced> = {
  name: 'detach-replaced',
  async run({ replacedAmphoraIds }, world) {
    for (const amphora of await amphoraeOf(replacedAmphoraIds, world)) await detach(amphora, world);
    return {};
  },
  async undo(state, world) {
    for (const amphora of await amphoraeOf(state.replacedAmphoraIds, world))
      await bestEffort(world, `give amphora ${amphora.id} its VIP back`, () =>
        reattach(amphora, state, world),
      );
  },
};

/**
 * Removes what was replaced. The new amphora carries the traffic by now, so nothing here may fail the flow: a machine
 * that cannot be removed stays on record as an amphora in ERROR.
 */
export const removeReplaced: Step<OfReplaced> = {
  name: 'remove-replaced',
  async run({ replacedAmphoraIds }, world) {
    for (const amphora of await amphoraeOf(replacedAmphoraIds, world)) {
      const isGone = await bestEffort(world, `remove amphora ${amphora.id}`, () =>
        removeAmphora(amphora, world),
      );
      const status = isGone ? AmphoraStatus.Deleted : AmphoraStatus.Error;
      await updateAmphora(world, amphora.id, { status });
    }
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
  await plugVipInto(amphora, await loadBalancerOf(state, world), world);
}

async function amphoraeOf(ids: readonly string[], { database }: World): Promise<Amphora[]> {
  const found = await Promise.all(ids.map((id) => amphorae.find(database, id)));
  return found.filter((amphora) => amphora !== null);
}

async function markFailed(ids: readonly string[], { database }: World): Promise<void> {
  await transaction(database, async (tx) => {
    for (const id of ids) await amphorae.update(tx, id, { status: AmphoraStatus.Error });
  });
}
