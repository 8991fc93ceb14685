import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { BuildRequest, ComputeDriver } from '#core/ports/compute.ts';
import type { VolumeDriver, VolumeRequest } from '#core/ports/volume.ts';

export interface VolumeBench {
  readonly driver: VolumeDriver;
  /** An image that can be written onto a volume. */
  readonly imageId: string;
  /** Its machines boot from the driver's volumes. */
  readonly compute: ComputeDriver;
  /** A request that the compute driver can fulfil, for an amphora of that id. */
  requestFor(amphoraId: string): BuildRequest;
  readonly close: () => Promise<void>;
}

/**
 * What every volume driver promises, and every compute driver of the volumes that its machines boot from.
 * @param problem why it cannot be held to that on this host
 */
export function volumeConformance(
  name: string,
  open: () => Promise<VolumeBench>,
  problem: string | null = null,
): void {
  describe(`volume driver ${name}`, () => {
    let bench: VolumeBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());
    beforeEach(({ skip }) => skip(problem !== null, problem ?? ''));

    const requestOf = (amphoraId: string): VolumeRequest => ({
      amphoraId,
      imageId: bench.imageId,
      sizeGib: 1,
      type: null,
      zone: 'vz1',
    });
    const create = async (amphoraId = randomUUID()): Promise<string> =>
      (await bench.driver.create(requestOf(amphoraId))).volumeId;
    const bootFrom = async (bootVolumeId: string, amphoraId = randomUUID()): Promise<string> => {
      const spec = { ...DEFAULT_MACHINE, imageId: bench.imageId, bootVolumeId };
      const request = { ...bench.requestFor(amphoraId), spec };
      return (await bench.compute.build(request)).computeId;
    };

    test('a volume becomes AVAILABLE, and is what it was asked to be', async () => {
      const amphoraId = randomUUID();
      const volumeId = await create(amphoraId);
      const volume = {
        volumeId,
        amphoraId,
        status: 'AVAILABLE',
        fault: null,
        sizeGib: 1,
        imageId: bench.imageId,
        zone: 'vz1',
      };
      await expect.poll(() => bench.driver.get(volumeId), { timeout: 60_000 }).toEqual(volume);
      expect(await bench.driver.find(amphoraId)).toEqual(volume);
      expect(await bench.driver.list()).toContainEqual({ volumeId, amphoraId });
      await bench.driver.delete(volumeId);
    });

    test('a second volume for the same amphora is the first, and so is one at the same time', async () => {
      const amphoraId = randomUUID();
      const made = await Promise.all([create(amphoraId), create(amphoraId), create(amphoraId)]);
      expect([...new Set([...made, await create(amphoraId)])]).toEqual([made[0]]);
      await bench.driver.delete(made[0]);
      expect(await bench.driver.find(amphoraId)).toBeNull();
    });

    test('a deleted volume is gone, deleting it again is fine, and so is one that never was', async () => {
      const amphoraId = randomUUID();
      const volumeId = await create(amphoraId);
      for (const id of [volumeId, volumeId, randomUUID()]) await bench.driver.delete(id);
      expect(await bench.driver.get(volumeId)).toBeNull();
      expect(await bench.driver.find(amphoraId)).toBeNull();
      expect((await bench.driver.list()).map((one) => one.volumeId)).not.toContain(volumeId);
    });

    test('an amphora whose volume was deleted may have another', async () => {
      const amphoraId = randomUUID();
      await bench.driver.delete(await create(amphoraId));
      const volumeId = await create(amphoraId);
      expect(await bench.driver.find(amphoraId)).toMatchObject({ volumeId, status: 'AVAILABLE' });
      await bench.driver.delete(volumeId);
    });

    test('a volume stays as long as a machine boots from it, and goes with the machine', async () => {
      const amphoraId = randomUUID();
      const volumeId = await create(amphoraId);
      const computeId = await bootFrom(volumeId, amphoraId);
      expect(await bootFrom(volumeId, amphoraId)).toBe(computeId);
      expect(await bench.compute.get(computeId)).toMatchObject({ imageId: bench.imageId });
      await expect(bench.driver.delete(volumeId)).rejects.toThrow(DriverFailure);
      await expect(bench.driver.delete(volumeId)).rejects.toMatchObject({ isRetryable: true });
      expect(await bench.driver.get(volumeId)).toMatchObject({ status: 'AVAILABLE' });
      await bench.compute.delete(computeId);
      expect(await bench.driver.find(amphoraId)).toBeNull();
      await bench.driver.delete(volumeId);
    });

    test('a machine that boots from no volume leaves those of others alone', async () => {
      const volumeId = await create();
      const { computeId } = await bench.compute.build(bench.requestFor(randomUUID()));
      await bench.compute.delete(computeId);
      expect(await bench.driver.get(volumeId)).toMatchObject({ status: 'AVAILABLE' });
      await bench.driver.delete(volumeId);
    });
  });
}
