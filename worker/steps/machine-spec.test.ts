import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  availabilityZoneProfiles,
  availabilityZones,
} from '#core/db/repositories/availability-zone.ts';
import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import { DEFAULT_MACHINE, type MachineSpec } from '#core/domain/machine-spec.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { memoryCloud } from '../testing/noop-world.ts';
import { newScenario, request, run, type Scenario, storedTree } from '../testing/scenario.ts';
import type { World } from '../world.ts';

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

/** @returns the id of the flavor's profile */
async function choose({ family }: Scenario, flavorData: object, zoneData: object): Promise<string> {
  const [flavorProfileId, flavorId, zoneProfileId] = [randomUUID(), randomUUID(), randomUUID()];
  const named = { description: null, isEnabled: true };
  const ofAmphora = { name: 'own', providerName: 'amphora' };
  await transaction(test_.database, async (tx) => {
    await flavorProfiles.insert(tx, {
      id: flavorProfileId,
      ...ofAmphora,
      data: JSON.stringify(flavorData),
    });
    await flavors.insert(tx, { id: flavorId, name: flavorId, ...named, flavorProfileId });
    await availabilityZoneProfiles.insert(tx, {
      id: zoneProfileId,
      ...ofAmphora,
      data: JSON.stringify(zoneData),
    });
    const availabilityZone = `zone-${family.loadBalancerId}`;
    await availabilityZones.insert(tx, {
      name: availabilityZone,
      ...named,
      availabilityZoneProfileId: zoneProfileId,
    });
    await loadBalancers.update(tx, family.loadBalancerId, { flavorId, availabilityZone });
  });
  return flavorProfileId;
}

test('amphorae are built as the flavor and the zone of their load balancer say', async () => {
  const scenario = await newScenario(test_.database, { topology: Topology.ActiveStandby });
  const managementNetworkId = randomUUID();
  await choose(
    scenario,
    { compute_flavor: 'large', amp_image_tag: 'amphora-2', sriov_vip: false },
    { compute_zone: 'az1', volume_zone: 'vz1', management_network: managementNetworkId },
  );
  await run(scenario, 'load-balancer-create');
  const group = `octavia-lb-${scenario.family.loadBalancerId}`;
  const serverGroupId = (await scenario.cloud.serverGroups.get(group))?.id;
  const spec = {
    computeFlavor: 'large',
    imageId: await scenario.world.image.findNewest('amphora-2', null),
    zone: 'az1',
    bootVolumeId: expect.any(String),
    managementNetworkIds: [managementNetworkId],
    securityGroups: [],
    sshKeyName: null,
    serverGroupId,
  };
  const machines = await scenario.cloud.machines.all();
  expect(machines.map((machine) => machine.spec)).toEqual([spec, spec]);
  const volumes = await scenario.cloud.volumes.all();
  expect(volumes.map(({ zone }) => zone)).toEqual(['vz1', 'vz1']);
  const { amphorae } = await storedTree(scenario);
  for (const { cachedZone, computeFlavor, imageId } of amphorae)
    expect([cachedZone, computeFlavor, imageId]).toEqual(['az1', 'large', expect.any(String)]);
});

test('without a flavor and a zone the cloud decides, and one amphora alone needs no server group', async () => {
  const scenario = await newScenario(test_.database);
  await run(scenario, 'load-balancer-create');
  const machines = await scenario.cloud.machines.all();
  expect(machines.map((machine) => machine.spec)).toEqual([
    { ...DEFAULT_MACHINE, bootVolumeId: expect.any(String) },
  ]);
  expect(await scenario.cloud.serverGroups.all()).toEqual([]);
});

test('a failover takes up what the operator has changed in the profile since', async () => {
  const scenario = await newScenario(test_.database);
  const flavorProfileId = await choose(scenario, { amp_image_tag: 'old' }, {});
  await run(scenario, 'load-balancer-create');
  await transaction(test_.database, (tx) =>
    flavorProfiles.update(tx, flavorProfileId, { data: '{"amp_image_tag": "new"}' }),
  );
  await request(scenario, 'load-balancer-failover');
  const imageId = await scenario.world.image.findNewest('new', null);
  expect(await specsOf(scenario)).toMatchObject([{ imageId }]);
});

/** As the operator's configuration has them. */
function withDefaults(scenario: Scenario, changes: Partial<World['machineDefaults']>): Scenario {
  const machineDefaults = { ...scenario.world.machineDefaults, ...changes };
  return { ...scenario, world: { ...scenario.world, machineDefaults } };
}

async function specsOf({ cloud }: Scenario): Promise<readonly MachineSpec[]> {
  return (await cloud.machines.all()).map(({ spec }) => spec);
}

test('what flavor and zone leave open is as the configuration says', async () => {
  const plain = await newScenario(test_.database);
  const ofEach = { managementNetworkIds: ['m1', 'm2'], securityGroups: ['sg'], sshKeyName: 'key' };
  const defaults = { computeFlavor: 'usual', imageTag: 'amphora', zone: 'nova', ...ofEach };
  await run(withDefaults(plain, defaults), 'load-balancer-create');
  const imageId = await plain.world.image.findNewest('amphora', null);
  expect(await specsOf(plain)).toMatchObject([
    { computeFlavor: 'usual', imageId, zone: 'nova', ...ofEach },
  ]);

  const chosen = await newScenario(test_.database);
  const zone = { compute_zone: 'az1', management_network: 'm3' };
  await choose(chosen, { compute_flavor: 'large' }, zone);
  await run(withDefaults(chosen, defaults), 'load-balancer-create');
  expect(await specsOf(chosen)).toMatchObject([
    { computeFlavor: 'large', imageId, zone: 'az1', ...ofEach, managementNetworkIds: ['m3'] },
  ]);
});

test('the newest image with the tag boots, of those of the project that may make them', async () => {
  const images = ['old', 'new', 'forged'].map((id) => ({
    id,
    tags: ['amphora'],
    ownerId: id === 'forged' ? 'stranger' : 'operator',
  }));
  const scenario = await newScenario(test_.database, { cloud: { ...memoryCloud(), images } });
  const defaults = { imageTag: 'amphora', imageOwnerId: 'operator' };
  await run(withDefaults(scenario, defaults), 'load-balancer-create');
  expect(await specsOf(scenario)).toMatchObject([{ imageId: 'new' }]);
});

test('without an image of the tag the load balancer is in ERROR, and nothing is built', async () => {
  const scenario = await newScenario(test_.database, { cloud: { ...memoryCloud(), images: [] } });
  const defaults = { imageTag: 'amphora', imageOwnerId: 'operator' };
  await expect(run(withDefaults(scenario, defaults), 'load-balancer-create')).rejects.toThrow(
    'no image of project operator, which amp_image_owner_id names, has the tag amphora',
  );
  expect((await storedTree(scenario)).provisioningStatus).toBe('ERROR');
  expect(await specsOf(scenario)).toEqual([]);
});
