import type { Amphora } from '#core/domain/amphora.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { deleteBootVolumeOf } from './boot-volume.ts';
import { deleteMachineOf } from './machine.ts';
import { inParallel } from './parallel.ts';
import { stubborn } from './patience.ts';
import { type OfLoadBalancer, treeOf } from './tree.ts';

/**
 * Removes machines, volumes and ports of all the load balancer's amphorae, also of those marked DELETED: a failover that
 * could not reach an old machine has left it behind.
 */
export const removeAmphorae: Step<OfLoadBalancer> = {
  name: 'remove-amphorae',
  retry: stubborn,
  async run(state, world) {
    const { amphorae } = await treeOf(state, world);
    await inParallel(amphorae, (amphora) => removeAmphora(amphora, world));
    return {};
  },
};

export async function removeAmphora(amphora: Amphora, world: World): Promise<void> {
  await deleteMachineOf(amphora.id, world);
  await deleteBootVolumeOf(amphora.id, world);
  const { network } = world;
  const ports = amphora.computeId === null ? [] : await network.listPorts(amphora.computeId);
  const ids = [...ports.map((port) => port.id), amphora.vrrpPortId];
  for (const id of new Set(ids)) if (id !== null) await network.deletePort(id);
}
