import { prepared } from '#core/db/prepared.ts';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { statement } from '#core/db/transaction.ts';
import { type Amphora, VRRP_PRIORITIES } from '#core/domain/amphora.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { unfinishedOf, updateAmphora } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import type { NewAmphora, OfNewAmphorae } from './plan.ts';

const ALLOCATE = prepared(`
  update amphora set status = $2, updated_at = date_trunc('second', clock_timestamp()) where id = any($1)`);

export const insertAmphorae: Step<OfNewAmphorae> = {
  name: 'insert-amphorae',
  async run({ newAmphorae, loadBalancerId }, { database, clock }) {
    const createdAt = new Date(Math.floor(clock.nowMs() / 1000) * 1000);
    await inParallel(newAmphorae, async (one) => {
      if ((await amphorae.find(database, one.amphoraId)) !== null) return;
      const row = newborn(one, loadBalancerId, createdAt);
      await statement(database, (tx) => amphorae.insert(tx, row));
    });
    return {};
  },
  async undo(state, world) {
    for (const { id } of await unfinishedOf(state, world)) await forget(id, world);
  },
};

/** The load balancer's first amphorae: with the flow they fail together. From here on their heartbeats count. */
export const markAmphoraeAllocated: Step<OfNewAmphorae> = {
  name: 'mark-amphorae-allocated',
  async run({ newAmphorae }, world) {
    await markAllocated(newAmphorae, world);
    return {};
  },
  async undo({ newAmphorae }, world) {
    for (const { amphoraId } of newAmphorae)
      await updateAmphora(world, amphoraId, { status: AmphoraStatus.Booting });
  },
};

/** From here on the new amphorae carry the traffic, and stay whatever fails after: there is no undo. */
export const handOver: Step<OfNewAmphorae> = {
  name: 'hand-over',
  async run({ newAmphorae }, world) {
    await markAllocated(newAmphorae, world);
    return {};
  },
};

async function markAllocated(ours: readonly NewAmphora[], { database }: World): Promise<void> {
  const ids = ours.map(({ amphoraId }) => amphoraId);
  await statement(database, (tx) => tx.query(ALLOCATE, [ids, AmphoraStatus.Allocated]));
}

/**
 * The row goes only when its machine and its volume are gone: else nobody would know of them any more. It is in ERROR
 * first, for when the cloud does not say whether they are.
 */
async function forget(amphoraId: string, world: World): Promise<void> {
  await updateAmphora(world, amphoraId, { status: AmphoraStatus.Error });
  const machine = await world.compute.find(amphoraId);
  if (machine !== null) return updateAmphora(world, amphoraId, { computeId: machine.computeId });
  if ((await world.volume.find(amphoraId)) !== null) return;
  await statement(world.database, (tx) => amphorae.delete(tx, amphoraId));
}

function newborn(
  { amphoraId, role }: NewAmphora,
  loadBalancerId: string,
  createdAt: Date,
): Amphora {
  return {
    id: amphoraId,
    loadBalancerId,
    status: AmphoraStatus.PendingCreate,
    role,
    computeId: null,
    lbNetworkIp: null,
    vrrpIp: null,
    vrrpPortId: null,
    haIp: null,
    haPortId: null,
    vrrpInterface: null,
    vrrpId: null,
    vrrpPriority: VRRP_PRIORITIES[role],
    certExpiration: null,
    isCertBusy: false,
    cachedZone: null,
    imageId: null,
    computeFlavor: null,
    createdAt,
    updatedAt: null,
  };
}
