import { AntiAffinity, type MachineSpec } from '#core/domain/machine-spec.ts';
import type { ComputeDriver, ComputeInstance } from '#core/ports/compute.ts';
import type { Volume } from '#core/ports/volume.ts';
import { Faults } from './faults.ts';
import { madeUpId } from './made-up.ts';
import { memoryStore, type NoopStore } from './store.ts';

export interface NoopMachine {
  readonly amphoraId: string;
  readonly computeId: string;
  readonly portIds: readonly string[];
  readonly spec: MachineSpec;
  /** Null: it is ACTIVE. */
  readonly fault: string | null;
}

export interface NoopServerGroup {
  readonly id: string;
  readonly policy: AntiAffinity;
}

export interface NoopComputeOptions {
  readonly machines?: NoopStore<NoopMachine>;
  /** Those of the noop volume driver: a machine takes along the one that it booted from. */
  readonly volumes?: NoopStore<Volume>;
  /** By name. */
  readonly serverGroups?: NoopStore<NoopServerGroup>;
  /** How many machines of a group with hard anti-affinity there is room for. */
  readonly hostCount?: number;
  readonly faults?: Faults;
}

/** Machines that exist only as a record; each is ACTIVE as soon as it is built, unless its group has no host left. */
export function noopCompute(options: NoopComputeOptions = {}): ComputeDriver {
  const { machines = memoryStore(), serverGroups = memoryStore(), hostCount = Infinity } = options;
  const { volumes = memoryStore(), faults = new Faults() } = options;
  const reach = (method: string): Promise<void> => faults.reach(`compute.${method}`);
  const changePorts = async (
    computeId: string,
    change: (portIds: readonly string[]) => readonly string[],
  ): Promise<void> => {
    const machine = await machines.get(computeId);
    if (machine === null) return;
    await machines.put(computeId, { ...machine, portIds: change(machine.portIds) });
  };
  const faultOf = async ({ serverGroupId }: MachineSpec): Promise<string | null> => {
    const group = (await serverGroups.all()).find(({ id }) => id === serverGroupId);
    if (group?.policy !== AntiAffinity.Hard) return null;
    const others = (await machines.all()).filter(({ spec }) => spec.serverGroupId === group.id);
    return others.length < hostCount ? null : 'No valid host was found.';
  };

  return {
    async build({ amphoraId, spec }) {
      await reach('build');
      const computeId = madeUpId(`machine of ${amphoraId}`);
      if ((await machines.get(computeId)) === null) {
        const fault = await faultOf(spec);
        await machines.put(computeId, { amphoraId, computeId, portIds: [], spec, fault });
      }
      return { computeId };
    },
    async delete(computeId) {
      await reach('delete');
      const bootVolumeId = (await machines.get(computeId))?.spec.bootVolumeId;
      await machines.delete(computeId);
      if (bootVolumeId) await volumes.delete(bootVolumeId);
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
    async list() {
      await reach('list');
      const built = await machines.all();
      return built.map(({ computeId, amphoraId }) => ({ computeId, amphoraId }));
    },
    async attachPort(computeId, portId) {
      await reach('attachPort');
      await changePorts(computeId, (portIds) => [...new Set([...portIds, portId])]);
    },
    async detachPort(computeId, portId) {
      await reach('detachPort');
      await changePorts(computeId, (portIds) => portIds.filter((id) => id !== portId));
    },
    async ensureServerGroup(name, policy) {
      await reach('ensureServerGroup');
      const id = madeUpId(`server group ${name}`);
      if ((await serverGroups.get(name)) === null) await serverGroups.put(name, { id, policy });
      return id;
    },
    async deleteServerGroup(name) {
      await reach('deleteServerGroup');
      await serverGroups.delete(name);
    },
  };
}

function instanceOf({ computeId, fault, spec }: NoopMachine): ComputeInstance {
  return {
    computeId,
    status: fault === null ? 'ACTIVE' : 'ERROR',
    fault,
    lbNetworkIp: '192.0.2.1',
    zone: spec.zone,
    imageId: spec.imageId,
    computeFlavor: spec.computeFlavor,
  };
}
