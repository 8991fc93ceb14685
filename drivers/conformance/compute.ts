import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AntiAffinity, DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { BuildRequest, ComputeDriver } from '#core/ports/compute.ts';

export interface ComputeBench {
  readonly driver: ComputeDriver;
  /** A request that the driver can fulfil, for an amphora of that id. */
  requestFor(amphoraId: string): BuildRequest;
  /** A port that exists and is attached nowhere. */
  makePort(): Promise<string>;
  readonly close: () => Promise<void>;
}

/** What every compute driver promises. Polls: a machine may take its time. */
export function computeConformance(name: string, open: () => Promise<ComputeBench>): void {
  describe(`compute driver ${name}`, () => {
    let bench: ComputeBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());
    const build = async (amphoraId = randomUUID()): Promise<string> =>
      (await bench.driver.build(bench.requestFor(amphoraId))).computeId;

    test('a machine that is built becomes ACTIVE with an address on the LB network', async () => {
      const amphoraId = randomUUID();
      const computeId = await build(amphoraId);
      await expect
        .poll(() => bench.driver.get(computeId), { timeout: 10_000 })
        .toMatchObject({
          computeId,
          status: 'ACTIVE',
          fault: null,
          lbNetworkIp: expect.stringMatching(/./),
        });
      await bench.driver.delete(computeId);
    });

    test('a second build for the same amphora answers with the machine of the first', async () => {
      const amphoraId = randomUUID();
      const first = await build(amphoraId);
      expect(await build(amphoraId)).toBe(first);
      await bench.driver.delete(first);
    });

    test('two builds for the same amphora at once make one machine', async () => {
      const amphoraId = randomUUID();
      const ids = await Promise.all([build(amphoraId), build(amphoraId), build(amphoraId)]);
      expect(new Set(ids).size).toBe(1);
      await bench.driver.delete(ids[0]);
      expect(await bench.driver.find(amphoraId)).toBeNull();
    });

    test('the machine of an amphora is found without its id', async () => {
      const amphoraId = randomUUID();
      expect(await bench.driver.find(amphoraId)).toBeNull();
      const computeId = await build(amphoraId);
      expect(await bench.driver.find(amphoraId)).toMatchObject({ computeId });
      await bench.driver.delete(computeId);
    });

    test('a deleted machine is gone, and deleting it again is fine', async () => {
      const amphoraId = randomUUID();
      const computeId = await build(amphoraId);
      await bench.driver.delete(computeId);
      await bench.driver.delete(computeId);
      expect(await bench.driver.get(computeId)).toBeNull();
      expect(await bench.driver.find(amphoraId)).toBeNull();
    });

    test('a machine is listed with its amphora until it is deleted', async () => {
      const amphoraId = randomUUID();
      const computeId = await build(amphoraId);
      expect(await bench.driver.list()).toContainEqual({ computeId, amphoraId });
      await bench.driver.delete(computeId);
      expect((await bench.driver.list()).map((one) => one.computeId)).not.toContain(computeId);
    });

    test('deleting a machine that never was is fine', async () => {
      await bench.driver.delete(randomUUID());
      expect(await bench.driver.get(randomUUID())).toBeNull();
    });

    test('a port can be attached and detached, each of them twice', async () => {
      const computeId = await build();
      const portId = await bench.makePort();
      await bench.driver.attachPort(computeId, portId);
      await bench.driver.attachPort(computeId, portId);
      await bench.driver.detachPort(computeId, portId);
      await bench.driver.detachPort(computeId, portId);
      await bench.driver.delete(computeId);
    });

    test('a port whose machine was deleted can be attached to the next', async () => {
      const [first, second] = await Promise.all([build(), build()]);
      const portId = await bench.makePort();
      await bench.driver.attachPort(first, portId);
      await bench.driver.delete(first);
      await bench.driver.attachPort(second, portId);
      await bench.driver.delete(second);
    });

    test('detaching what is not attached, or from no machine, is fine', async () => {
      const computeId = await build();
      await bench.driver.detachPort(computeId, await bench.makePort());
      await bench.driver.detachPort(computeId, randomUUID());
      await bench.driver.detachPort(randomUUID(), await bench.makePort());
      await bench.driver.delete(computeId);
    });

    test('a machine says what it was asked to be', async () => {
      const amphoraId = randomUUID();
      const imageId = randomUUID();
      const spec = { ...DEFAULT_MACHINE, computeFlavor: 'large', zone: 'az2', imageId };
      const request = { ...bench.requestFor(amphoraId), spec };
      const { computeId } = await bench.driver.build(request);
      expect(await bench.driver.get(computeId)).toMatchObject({
        computeFlavor: 'large',
        zone: 'az2',
        imageId,
      });
      await bench.driver.delete(computeId);
    });

    test('a server group has one id, may hold machines when it goes, and may go twice', async () => {
      const name = `octavia-lb-${randomUUID()}`;
      const serverGroupId = await bench.driver.ensureServerGroup(name, AntiAffinity.Soft);
      expect(await bench.driver.ensureServerGroup(name, AntiAffinity.Soft)).toBe(serverGroupId);
      const spec = { ...DEFAULT_MACHINE, serverGroupId };
      const ids: string[] = [];
      for (const amphoraId of [randomUUID(), randomUUID()]) {
        const request = { ...bench.requestFor(amphoraId), spec };
        ids.push((await bench.driver.build(request)).computeId);
      }
      await bench.driver.deleteServerGroup(name);
      await bench.driver.deleteServerGroup(name);
      for (const id of ids) await bench.driver.delete(id);
    });
  });
}
