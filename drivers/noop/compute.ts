import type { ComputeDriver, ComputeInstance } from '#core/ports/compute.ts';
import { Faults } from './faults.ts';
import { madeUpId } from './made-up.ts';
import { memoryStore, type NoopStore } from './store.ts';

export interface NoopMachine {
  readonly amphoraId: string;
  readonly computeId: string;
  readonly portIds: readonly string[];
}

export interface NoopComputeOptions {
  readonly machines?: NoopStore<NoopMachine>;
  readonly faults?: Faults;
}

/** Machines that exist only as a record; each is ACTIVE as soon as it is built. */
export function noopCompute(options: NoopComputeOptions = {}): ComputeDriver {
  const { machines = memoryStore<NoopMachine>(), faults = new Faults() } = options;
  const reach = (method: string): Promise<void> => faults.reach(`compute.${method}`);
  const changePorts = async (
    computeId: string,
    change: (portIds: readonly string[]) => readonly string[],
  ): Promise<void> => {
    const machine = await machines.get(computeId);
    if (machine === null) return;
    await machines.put(computeId, { ...machine, portIds: change(machine.portIds) });
  };

  return {
    async build({ amphoraId }) {
      await reach('build');
      const computeId = madeUpId(`machine of ${amphoraId}`);
      if ((await machines.get(computeId)) === null)
        await machines.put(computeId, { amphoraId, computeId, portIds: [] });
      return { computeId };
    },
    async delete(computeId) {
      await reach('delete');
      await machines.delete(computeId);
    },
    async find(amphoraId) {
      await reach('find');
      const machine = await machines.get(madeUpId(`machine of ${amphoraId}`));
      return machine && instanceOf(machine);
    },
    async get(computeId) {
      await reach('get');
      const machine = await machines.get(computeId);
      return machine && instanceOf(machine);
    },
    async attachPort(computeId, portId) {
      await reach('attachPort');
      await changePorts(computeId, (portIds) => [...new Set([...portIds, portId])]);
    },
    async detachPort(computeId, portId) {
      await reach('detachPort');
      await changePorts(computeId, (portIds) => portIds.filter((id) => id !== portId));
    },
  };
}

function instanceOf(machine: NoopMachine): ComputeInstance {
  return {
    computeId: machine.computeId,
    status: 'ACTIVE',
    fault: null,
    lbNetworkIp: '192.0.2.1',
    zone: null,
    imageId: null,
    computeFlavor: null,
  };
}
