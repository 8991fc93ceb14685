import { randomUUID } from 'node:crypto';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import { type Amphora, AmphoraRole } from '#core/domain/amphora.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import type { OfLoadBalancer } from './tree.ts';

/** The amphora that a flow builds. */
export interface OfNewAmphora extends OfLoadBalancer {
  readonly newAmphoraId: string;
}

/** A step of its own, so that a row inserted before a crash is found again by its id, and not inserted twice. */
export const chooseAmphoraId: Step<OfLoadBalancer, { readonly newAmphoraId: string }> = {
  name: 'choose-amphora-id',
  run: async () => ({ newAmphoraId: randomUUID() }),
};

export const insertAmphora: Step<OfNewAmphora> = {
  name: 'insert-amphora',
  async run({ newAmphoraId, loadBalancerId }, { database, clock }) {
    await transaction(database, async (tx) => {
      if (await amphorae.find(tx, newAmphoraId)) return;
      const createdAt = new Date(Math.floor(clock.nowMs() / 1000) * 1000);
      await amphorae.insert(tx, newAmphora(newAmphoraId, loadBalancerId, createdAt));
    });
    return {};
  },
  /** The row goes only when its machine is gone: else nobody would know of the machine any more. */
  async undo({ newAmphoraId }, world) {
    const machine = await world.compute.find(newAmphoraId);
    if (machine !== null)
      return updateAmphora(world, newAmphoraId, {
        status: AmphoraStatus.Error,
        computeId: machine.computeId,
      });
    await transaction(world.database, (tx) => amphorae.delete(tx, newAmphoraId));
  },
};

/** From here on its heartbeats count. */
export const markAmphoraAllocated: Step<OfNewAmphora> = {
  name: 'mark-amphora-allocated',
  async run({ newAmphoraId }, world) {
    await updateAmphora(world, newAmphoraId, {
      status: AmphoraStatus.Allocated,
      role: AmphoraRole.Standalone,
    });
    return {};
  },
};

export async function updateAmphora(
  { database }: World,
  amphoraId: string,
  changes: Partial<Amphora>,
): Promise<void> {
  await transaction(database, (tx) => amphorae.update(tx, amphoraId, changes));
}

function newAmphora(id: string, loadBalancerId: string, createdAt: Date): Amphora {
  return {
    id,
    loadBalancerId,
    status: AmphoraStatus.PendingCreate,
    role: null,
    computeId: null,
    lbNetworkIp: null,
    vrrpIp: null,
    vrrpPortId: null,
    haIp: null,
    haPortId: null,
    vrrpInterface: null,
    vrrpId: null,
    vrrpPriority: null,
    certExpiration: null,
    isCertBusy: false,
    cachedZone: null,
    imageId: null,
    computeFlavor: null,
    createdAt,
    updatedAt: null,
  };
}
