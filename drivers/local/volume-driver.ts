import { DriverFailure } from '#core/domain/errors.ts';
import type { Volume, VolumeDriver } from '#core/ports/volume.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { change, named } from './failures.ts';
import { localImageId } from './names.ts';
import { amphoraeWithDisks, makeDisk, removeDisk } from './volume-disk.ts';
import { type LocalVolume, volumes } from './volume-table.ts';

const CREATE_ATTEMPTS_MAX = 3;

/**
 * A volume is a file system of the size asked for, in which a machine's folder lies. There is one zone, which is only
 * remembered, and one type. As with machines, what exists is written down first, then made, under the lock of its row.
 */
export function localVolume(options: LocalCloudOptions): VolumeDriver {
  const { database, namePrefix } = options;
  return {
    async create(request) {
      const imageId = request.imageId ?? localImageId(namePrefix);
      for (let attempt = 1; attempt <= CREATE_ATTEMPTS_MAX; attempt++) {
        const { id } = await change(database, (tx) =>
          volumes.ensure(tx, namePrefix, request, imageId),
        );
        if (await makeVolume(options, id)) return { volumeId: id };
      }
      throw new DriverFailure(
        `somebody deletes the volume of amphora ${request.amphoraId} again and again`,
        { retryable: true },
      );
    },

    get: (volumeId) => named(async () => volumeOf(await volumes.find(database, volumeId))),

    find: (amphoraId) =>
      named(async () => volumeOf(await volumes.findByAmphora(database, amphoraId))),

    list: () =>
      named(async () => [
        ...(await volumes.ofCloud(database, namePrefix)).map(({ id, amphoraId }) => ({
          volumeId: id,
          amphoraId,
        })),
        // A volume that the tables do not know has no id but its amphora's.
        ...(await unknownDisks(options)).map((amphoraId) => ({ volumeId: amphoraId, amphoraId })),
      ]),

    delete: (volumeId) => deleteVolume(options, volumeId),
  };
}

/** @returns false when it was deleted since it was recorded */
async function makeVolume(options: LocalCloudOptions, id: string): Promise<boolean> {
  return change(options.database, async (tx) => {
    const volume = await volumes.lock(tx, id);
    if (volume === null) return false;
    if (volume.madeAt !== null) return true;
    await makeDisk(options, volume.amphoraId, volume.sizeGib);
    await volumes.markMade(tx, id);
    return true;
  });
}

async function deleteVolume(options: LocalCloudOptions, volumeId: string): Promise<void> {
  await change(options.database, async (tx) => {
    const volume = await volumes.lock(tx, volumeId);
    if (volume === null) {
      if ((await unknownDisks(options)).includes(volumeId)) await removeDisk(options, volumeId);
      return;
    }
    if (volume.serverId !== null)
      throw new DriverFailure(
        `machine ${volume.serverId} boots from volume ${volumeId}; delete that machine first`,
        { retryable: true },
      );
    await removeDisk(options, volume.amphoraId);
    await volumes.delete(tx, volumeId);
  });
}

/** What a database leaves that was lost, or restored from an old copy. */
async function unknownDisks(options: LocalCloudOptions): Promise<readonly string[]> {
  const found = await amphoraeWithDisks(options);
  const known = new Set(await volumes.knownAmphorae(options.database, found));
  return found.filter((amphoraId) => !known.has(amphoraId));
}

function volumeOf(volume: LocalVolume | null): Volume | null {
  if (volume === null) return null;
  const { id: volumeId, amphoraId, sizeGib, imageId, zone, madeAt } = volume;
  const status = madeAt === null ? 'CREATING' : 'AVAILABLE';
  return { volumeId, amphoraId, status, fault: null, sizeGib, imageId, zone };
}
