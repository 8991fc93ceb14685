import { afterAll, beforeAll, expect, test } from 'vitest';
import { Topology } from '#core/domain/load-balancer.ts';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { noopVolume } from '#drivers/noop/volume.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { expectDeletable, expectNothingLeft, expectSettled } from '../testing/ends.ts';
import { newScenario, request, run, type Scenario, storedTree } from '../testing/scenario.ts';
import type { World } from '../world.ts';

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

const within = (scenario: Scenario, changes: Partial<World>): Scenario => ({
  ...scenario,
  world: { ...scenario.world, ...changes },
});

/** As `within`, with volumes that are like the noop ones but for what is given. */
function withVolumes(
  scenario: Scenario,
  changes: (own: World['volume']) => Partial<World['volume']>,
): Scenario {
  const { volume } = scenario.world;
  return within(scenario, { volume: { ...volume, ...changes(volume) } });
}

test('the volume of a machine has the size and type that the deployment wants, and its zone where none is chosen', async () => {
  const scenario = await newScenario(test_.database);
  const { bootVolumes, machineDefaults } = scenario.world;
  if (bootVolumes === null) throw new Error('the machines of this world boot from images');
  const types: (string | null)[] = [];
  const asked = withVolumes(scenario, (own) => ({
    create: (wanted) => own.create(wanted).finally(() => types.push(wanted.type)),
  }));
  const changes = {
    bootVolumes: { ...bootVolumes, sizeGib: 7, type: 'fast' },
    machineDefaults: { ...machineDefaults, volumeZone: 'vz9', imageTag: 'amphora' },
  };
  await run(within(asked, changes), 'load-balancer-create');
  const imageId = await scenario.world.image.findNewest('amphora', null);
  const [volume] = await scenario.cloud.volumes.all();
  expect(volume).toMatchObject({ sizeGib: 7, zone: 'vz9', imageId });
  expect(types).toEqual(['fast']);
  const bootVolumeId = volume?.volumeId;
  expect((await scenario.cloud.machines.all()).map(({ spec }) => spec)).toEqual([
    { ...DEFAULT_MACHINE, bootVolumeId, imageId, serverGroupId: null },
  ]);
  expect((await storedTree(scenario)).amphorae.map((one) => one.imageId)).toEqual([imageId]);
});

test('where the deployment wants no volumes there are none, and those of before go with their amphorae', async () => {
  const scenario = await newScenario(test_.database);
  await run(scenario, 'load-balancer-create');
  expect(await scenario.cloud.volumes.all()).toHaveLength(1);
  const without = within(scenario, { bootVolumes: null });
  await request(without, 'load-balancer-failover');
  expect(await scenario.cloud.volumes.all()).toEqual([]);
  const machines = await scenario.cloud.machines.all();
  expect(machines.map(({ spec }) => spec.bootVolumeId)).toEqual([null]);
  await expectDeletable(without);
});

test('a volume that could not be made is deleted and made anew', async () => {
  const scenario = await newScenario(test_.database);
  let made = 0;
  const { volumes } = scenario.cloud;
  const failing = noopVolume({ volumes, volumesMax: 0 });
  const once = withVolumes(scenario, (own) => ({
    create: (wanted) => (made++ === 0 ? failing : own).create(wanted),
  }));
  await run(once, 'load-balancer-create');
  expect(made).toBe(2);
  expect((await volumes.all()).map(({ status }) => status)).toEqual(['AVAILABLE']);
  await expectDeletable(once);
});

test('where one of two volumes cannot be made the load balancer is in ERROR, says why, and leaves nothing', async () => {
  const scenario = await newScenario(test_.database, { topology: Topology.ActiveStandby });
  const { volumes } = scenario.cloud;
  const failing = noopVolume({ volumes, volumesMax: 0 });
  let first: string | undefined;
  const full = withVolumes(scenario, (own) => ({
    create: (wanted) => {
      first ??= wanted.amphoraId;
      return (wanted.amphoraId === first ? own : failing).create(wanted);
    },
  }));
  await expect(run(full, 'load-balancer-create')).rejects.toThrow(
    /volume \S+ for amphora \S+ was not made: No valid backend was found/,
  );
  expect((await expectSettled(scenario)).provisioningStatus).toBe('ERROR');
  expect(await volumes.all()).toEqual([]);
  expect(await scenario.cloud.machines.all()).toEqual([]);
  await request(scenario, 'load-balancer-delete');
  await expectNothingLeft(scenario);
});

test('a volume that takes its time is waited for, and one that takes too long is given up', async () => {
  const late = await newScenario(test_.database);
  let looks = 0;
  const slowly = (readyAt: number) => (own: World['volume']) => ({
    get: async (id: string) => {
      const found = await own.get(id);
      const status = ++looks < readyAt ? ('CREATING' as const) : ('AVAILABLE' as const);
      return found && { ...found, status };
    },
  });
  await run(withVolumes(late, slowly(3)), 'load-balancer-create');
  expect(looks).toBeGreaterThanOrEqual(3);
  expect((await storedTree(late)).provisioningStatus).toBe('ACTIVE');

  const never = await newScenario(test_.database);
  await expect(
    run(withVolumes(never, slowly(Number.POSITIVE_INFINITY)), 'load-balancer-create'),
  ).rejects.toThrow('was not made within');
  expect(await never.cloud.volumes.all()).toEqual([]);
});

test('an amphora whose volume cannot be deleted stays on record until it can', async () => {
  const scenario = await newScenario(test_.database);
  const stuck = withVolumes(scenario, () => ({
    delete: () => Promise.reject(new Error('the volume service is away')),
  }));
  scenario.faults.plan('compute.build', { kind: 'fail', retryable: false });
  await expect(run(stuck, 'load-balancer-create')).rejects.toThrow('compute.build');
  const { amphorae } = await expectSettled(scenario);
  expect(amphorae.map(({ status }) => status)).toEqual(['ERROR']);
  expect(await scenario.cloud.volumes.all()).toHaveLength(1);
  await expectDeletable(scenario);
  expect(await scenario.cloud.volumes.all()).toEqual([]);
});
