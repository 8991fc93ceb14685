import { DriverFailure } from '#core/domain/errors.ts';
import type { Volume, VolumeDriver } from '#core/ports/volume.ts';
import type { NoopMachine } from './compute.ts';
import { Faults } from './faults.ts';
import { madeUpId } from './made-up.ts';
import { memoryStore, type NoopStore } from './store.ts';

export interface NoopVolumeOptions {
  readonly volumes?: NoopStore<Volume>;
  /** Those of the noop compute driver: what they boot from stays. */
  readonly machines?: NoopStore<NoopMachine>;
  /** How many volumes there is room for; what comes after is in ERROR. */
  readonly volumesMax?: number;
  readonly faults?: Faults;
}

/** Volumes that exist only as a record; each is AVAILABLE as soon as it is made, unless there is no room left. */
export function noopVolume(options: NoopVolumeOptions = {}): VolumeDriver {
  const { volumes = memoryStore(), machines = memoryStore(), volumesMax = Infinity } = options;
  const { faults = new Faults() } = options;
  const reach = (method: string): Promise<void> => faults.reach(`volume.${method}`);
  return {
    async create({ amphoraId, imageId, sizeGib, zone }) {
      await reach('create');
      const volumeId = idOf(amphoraId);
      if ((await volumes.get(volumeId)) === null) {
        const isRoom = (await volumes.all()).length < volumesMax;
        const found = isRoom
          ? ({ status: 'AVAILABLE', fault: null } as const)
          : ({ status: 'ERROR', fault: 'No valid backend was found.' } as const);
        await volumes.put(volumeId, { volumeId, amphoraId, sizeGib, imageId, zone, ...found });
      }
      return { volumeId };
    },
    async get(volumeId) {
      await reach('get');
      return volumes.get(volumeId);
    },
    async find(amphoraId) {
      await reach('find');
      return volumes.get(idOf(amphoraId));
    },
    async list() {
      await reach('list');
      return (await volumes.all()).map(({ volumeId, amphoraId }) => ({ volumeId, amphoraId }));
    },
    async delete(volumeId) {
      await reach('delete');
      const user = (await machines.all()).find(({ spec }) => spec.bootVolumeId === volumeId);
      if (user !== undefined)
        throw new DriverFailure(
          `machine ${user.computeId} boots from volume ${volumeId}; delete that machine first`,
          { retryable: true },
        );
      await volumes.delete(volumeId);
    },
  };
}

function idOf(amphoraId: string): string {
  return madeUpId(`volume of ${amphoraId}`);
}
