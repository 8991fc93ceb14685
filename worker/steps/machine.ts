import { Topology } from '#core/domain/load-balancer.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { ComputeInstance } from '#core/ports/compute.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { type OfNewAmphora, updateAmphora } from './amphora.ts';
import { permanent, stubborn, worthWaiting } from './patience.ts';
import { amphoraOf, loadBalancerOf } from './tree.ts';

export interface OfMachine extends OfNewAmphora {
  readonly newComputeId: string;
}

/**
 * Issues the agent's certificate, puts the files together and has the machine built: one step, so that neither key nor
 * configuration is ever checkpointed. After a crash a machine that is ready is kept; one that is not is built
 * again, which the cloud takes for the same machine.
 */
export const buildMachine: Step<OfNewAmphora, { readonly newComputeId: string }> = {
  name: 'build-machine',
  retry: stubborn,
  async run(state, world) {
    const { newAmphoraId } = state;
    const found = await world.compute.find(newAmphoraId);
    const isReady = found?.status === 'ACTIVE';
    const newComputeId = isReady ? found.computeId : await build(state, world);
    await updateAmphora(world, newAmphoraId, {
      status: AmphoraStatus.Booting,
      computeId: newComputeId,
    });
    return { newComputeId };
  },
  async undo({ newAmphoraId }, world) {
    await deleteMachineOf(newAmphoraId, world);
  },
};

export const waitForMachine: Step<OfMachine> = {
  name: 'wait-for-machine',
  retry: ({ patience }) => patience.boot,
  async run({ newAmphoraId, newComputeId }, world) {
    const machine = requireActive(newComputeId, await world.compute.get(newComputeId));
    await updateAmphora(world, newAmphoraId, {
      lbNetworkIp: machine.lbNetworkIp,
      cachedZone: machine.zone,
      imageId: machine.imageId,
      computeFlavor: machine.computeFlavor,
    });
    return {};
  },
};

export const waitForAgent: Step<OfMachine> = {
  name: 'wait-for-agent',
  async run({ newAmphoraId }, world) {
    const amphora = await amphoraOf(newAmphoraId, world);
    await world.amphora.getInfo(amphora, world.patience.connect);
    return {};
  },
};

/** Removes an amphora's machine, also one whose id nobody wrote down. */
export async function deleteMachineOf(amphoraId: string, world: World): Promise<void> {
  const found = await world.compute.find(amphoraId);
  if (found !== null) await world.compute.delete(found.computeId);
}

async function build(state: OfNewAmphora, world: World): Promise<string> {
  const { newAmphoraId } = state;
  const { id, topology } = await loadBalancerOf(state, world);
  if (topology !== Topology.Single)
    throw permanent(`load balancer ${id} is ${topology}; this release builds SINGLE only`);
  const { pem, expiresAt } = await world.certificates.issue(newAmphoraId);
  await updateAmphora(world, newAmphoraId, { certExpiration: expiresAt });
  const files = await world.blueprint.filesOf(newAmphoraId, topology, pem);
  const { computeId } = await world.compute.build({ amphoraId: newAmphoraId, files });
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
