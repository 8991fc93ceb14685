import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import type { Volume } from '#core/ports/volume.ts';
import { type NoopMachine, noopCompute } from '#drivers/noop/compute.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { memoryStore } from '#drivers/noop/store.ts';
import { noopVolume } from '#drivers/noop/volume.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { silentLogger } from '../../worker/testing/noop-world.ts';
import { orphanSweep } from './orphan-sweep.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const machines = memoryStore<NoopMachine>();
const volumes = memoryStore<Volume>();
const ports = memoryStore<NetworkPort>();
const { signal } = new AbortController();

function sweepThat(isRemoved: boolean) {
  return orphanSweep({
    database: own.database,
    compute: noopCompute({ machines, volumes }),
    volume: noopVolume({ machines, volumes }),
    network: noopNetwork({ ports }),
    isRemoved,
    logger: silentLogger,
  });
}

async function amphora(status: string): Promise<string> {
  const id = randomUUID();
  await own.database.query('insert into amphora (id, status) values ($1, $2)', [id, status]);
  return id;
}

function createVolume(amphoraId: string): Promise<{ readonly volumeId: string }> {
  const like = { imageId: null, sizeGib: 16, type: null, zone: null };
  return noopVolume({ volumes }).create({ amphoraId, ...like });
}

/** As flows make them. */
async function build(amphoraId: string): Promise<void> {
  const { volumeId: bootVolumeId } = await createVolume(amphoraId);
  const request = { amphoraId, files: [], spec: { ...DEFAULT_MACHINE, bootVolumeId } };
  const { computeId } = await noopCompute({ machines }).build(request);
  await noopNetwork({ ports }).createPort({
    name: `octavia-lb-vrrp-${amphoraId}`,
    networkId: randomUUID(),
    deviceId: computeId,
    fixedIps: [],
    allowedAddresses: [],
    securityGroupIds: [],
  });
}

async function left(): Promise<readonly string[]> {
  const named = (await ports.all()).map((port) => port.name.slice('octavia-lb-vrrp-'.length));
  for (const made of [await machines.all(), await volumes.all()])
    expect(made.map((one) => one.amphoraId).toSorted()).toEqual(named.toSorted());
  return named.toSorted();
}

test('machines, volumes and ports of nobody are reported, and removed only where that is wanted and they stay', async () => {
  const [living, failed] = [await amphora('ALLOCATED'), await amphora('ERROR')];
  const [deleted, unknown] = [await amphora('DELETED'), randomUUID()];
  for (const id of [living, failed, deleted, unknown]) await build(id);
  const two = { machines: 2, volumes: 2, ports: 2 };
  const all = [living, failed, deleted, unknown].toSorted();

  const reporting = sweepThat(false);
  for (let look = 0; look < 2; look++)
    expect(await reporting(signal)).toEqual({
      ...two,
      removed: 0,
      failed: 0,
    });
  expect(await left()).toEqual(all);

  const removing = sweepThat(true);
  expect(await removing(signal)).toMatchObject({ ...two, removed: 0 });
  expect(await left()).toEqual(all);
  expect(await removing(signal)).toMatchObject({ ...two, removed: 6, failed: 0 });
  expect(await left()).toEqual([living, failed].toSorted());
  expect(await removing(signal)).toMatchObject({ machines: 0, volumes: 0, ports: 0, removed: 0 });
});

test('a volume that was left without a machine is removed too', async () => {
  const { volumeId } = await createVolume(randomUUID());
  const removing = sweepThat(true);
  expect(await removing(signal)).toMatchObject({ machines: 0, volumes: 1, removed: 0 });
  expect(await removing(signal)).toMatchObject({ machines: 0, volumes: 1, removed: 1 });
  expect(await volumes.get(volumeId)).toBeNull();
});
