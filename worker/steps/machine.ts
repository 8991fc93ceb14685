import { AmphoraStatus } from '#core/domain/status.ts';
import type { ComputeInstance } from '#core/ports/compute.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { bootVolumeOf, type OfBootVolumes } from './boot-volume.ts';
import { machineSpecFor } from './machine-spec.ts';
import { newAmphoraeOf, unfinishedOf, updateAmphora } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import { permanent, stubborn, worthWaiting } from './patience.ts';
import type { NewAmphora } from './plan.ts';
import { loadBalancerOf } from './tree.ts';

/** What was built: for steps that need machines, not only plans of them. */
export interface OfMachines extends OfBootVolumes {
  readonly newComputeIds: Readonly<Record<string, string>>;
}

/**
 * Issues the agents' certificates, puts the files together and has the machines built: one step, so that neither key nor
 * configuration is ever checkpointed. After a crash a machine that is ready is kept; one that is not is built
 * again, which the cloud takes for the same machine.
 */
export const buildMachines: Step<OfBootVolumes, Pick<OfMachines, 'newComputeIds'>> = {
  name: 'build-machines',
  retry: stubborn,
  async run(state, world) {
    const newComputeIds: Record<string, string> = {};
    await inParallel(state.newAmphorae, async (one) => {
      const found = await world.compute.find(one.amphoraId);
      const isReady = found?.status === 'ACTIVE';
      const computeId = isReady ? found.computeId : await build(one, state, world);
      newComputeIds[one.amphoraId] = computeId;
      const changes = { status: AmphoraStatus.Booting, computeId };
      await updateAmphora(world, one.amphoraId, changes);
    });
    return { newComputeIds };
  },
  async undo(state, world) {
    await inParallel(await unfinishedOf(state, world), ({ id }) => deleteMachineOf(id, world));
  },
};

export const waitForMachines: Step<OfMachines> = {
  name: 'wait-for-machines',
  retry: ({ patience }) => patience.boot,
  async run({ newComputeIds }, world) {
    await inParallel(Object.entries(newComputeIds), async ([amphoraId, computeId]) => {
      const machine = requireActive(computeId, await world.compute.get(computeId));
      await updateAmphora(world, amphoraId, {
        lbNetworkIp: machine.lbNetworkIp,
        cachedZone: machine.zone,
        imageId: machine.imageId,
        computeFlavor: machine.computeFlavor,
      });
    });
    return {};
  },
};

export const waitForAgents: Step<OfMachines> = {
  name: 'wait-for-agents',
  async run(state, world) {
    await inParallel(await newAmphoraeOf(state, world), async (amphora) => {
      await world.amphora.getInfo(amphora, world.patience.connect);
    });
    return {};
  },
};

/** Removes an amphora's machine, also one whose id nobody wrote down. */
export async function deleteMachineOf(amphoraId: string, world: World): Promise<void> {
  const found = await world.compute.find(amphoraId);
  if (found !== null) await world.compute.delete(found.computeId);
}

async function build(
  { amphoraId }: NewAmphora,
  state: OfBootVolumes,
  world: World,
): Promise<string> {
  const loadBalancer = await loadBalancerOf(state, world);
  const volume = await bootVolumeOf(amphoraId, state, world);
  const spec = await machineSpecFor(loadBalancer, volume, world);
  const { pem, expiresAt } = await world.certificates.issue(amphoraId);
  await updateAmphora(world, amphoraId, { certExpiration: expiresAt });
  const files = await world.blueprint.filesOf(amphoraId, loadBalancer.topology, pem);
  const { computeId } = await world.compute.build({ amphoraId, files, spec });
  return computeId;
}

function requireActive(
  computeId: string,
  machine: ComputeInstance | null,
): ComputeInstance & { readonly lbNetworkIp: string } {
  if (machine === null) throw permanent(`machine ${computeId} is gone while it should be booting`);
  const { status, fault, lbNetworkIp } = machine;
  if (status === 'ERROR') throw permanent(`machine ${computeId} did not boot: ${fault}`);
  if (status === 'BUILDING') throw worthWaiting(`machine ${computeId} is still building`);
  if (lbNetworkIp === null)
    throw permanent(`machine ${computeId} is ACTIVE without an address on the LB network`);
  return { ...machine, lbNetworkIp };
}
