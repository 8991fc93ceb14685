import { findZoneMetadata } from '#core/db/repositories/availability-zone.ts';
import { findFlavorMetadata } from '#core/db/repositories/flavor.ts';
import type { ProviderMetadata } from '#core/domain/flavor.ts';
import { type LoadBalancer, Topology } from '#core/domain/load-balancer.ts';
import { type MachineSpec, type MachineWish, machineWishOf } from '#core/domain/machine-spec.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { Volume, VolumeRequest } from '#core/ports/volume.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { permanent, stubborn } from './patience.ts';
import { loadBalancerOf, type OfLoadBalancer } from './tree.ts';

/** Keeps the amphorae of a pair on different hosts, where the deployment wants that. Failovers reuse the group. */
export const ensureServerGroup: Step<OfLoadBalancer> = {
  name: 'ensure-server-group',
  retry: stubborn,
  async run(state, world) {
    await serverGroupOf(await loadBalancerOf(state, world), world);
    return {};
  },
  undo: (state, world) => world.compute.deleteServerGroup(serverGroupName(state.loadBalancerId)),
};

export const deleteServerGroup: Step<OfLoadBalancer> = {
  name: 'delete-server-group',
  retry: stubborn,
  async run({ loadBalancerId }, { compute }) {
    await compute.deleteServerGroup(serverGroupName(loadBalancerId));
    return {};
  },
};

/** The volume that it boots from says by its image what it is; where there is none, that is looked up. */
export async function machineSpecFor(
  loadBalancer: LoadBalancer,
  volume: Volume | null,
  world: World,
): Promise<MachineSpec> {
  const { imageTag, volumeZone: _, ...wish } = await wishFor(loadBalancer, world);
  return {
    ...wish,
    imageId: volume === null ? await imageOf(imageTag, world) : volume.imageId,
    bootVolumeId: volume?.volumeId ?? null,
    serverGroupId: await serverGroupOf(loadBalancer, world),
  };
}

/** What is written onto the volumes of a load balancer's amphorae, and where they are. */
export async function volumeSourceFor(
  loadBalancer: LoadBalancer,
  world: World,
): Promise<Pick<VolumeRequest, 'imageId' | 'zone'>> {
  const { imageTag, volumeZone: zone } = await wishFor(loadBalancer, world);
  return { imageId: await imageOf(imageTag, world), zone };
}

/**
 * What the load balancer's flavor and zone say at this moment: a failover takes up what the operator changed since.
 * Whoever would delete the two waits while the load balancer names them.
 */
async function wishFor(
  { flavorId, availabilityZone }: LoadBalancer,
  { database, machineDefaults }: World,
): Promise<MachineWish> {
  const { imageOwnerId: _, ...defaults } = machineDefaults;
  return machineWishOf(
    flavorId === null ? {} : await flavorMetadata(flavorId, database),
    availabilityZone === null ? {} : await zoneMetadata(availabilityZone, database),
    defaults,
  );
}

/** The newest at this moment: a failover boots what was tagged since. */
async function imageOf(
  tag: string | null,
  { image, machineDefaults }: World,
): Promise<string | null> {
  if (tag === null) return null;
  const { imageOwnerId: ownerId } = machineDefaults;
  const id = await image.findNewest(tag, ownerId);
  if (id !== null) return id;
  const whose = ownerId === null ? '' : ` of project ${ownerId}, which amp_image_owner_id names,`;
  throw permanent(
    `no image${whose} has the tag ${tag}; tag one that is active, or change amp_image_tag of the flavor or of [controller_worker]`,
  );
}

/** One amphora alone needs no group. */
async function serverGroupOf(
  { id, topology }: LoadBalancer,
  { compute, antiAffinity }: World,
): Promise<string | null> {
  if (antiAffinity === null || topology === Topology.Single) return null;
  return compute.ensureServerGroup(serverGroupName(id), antiAffinity);
}

function serverGroupName(loadBalancerId: string): string {
  return `octavia-lb-${loadBalancerId}`;
}

async function flavorMetadata(id: string, db: Queryable): Promise<ProviderMetadata> {
  const metadata = await findFlavorMetadata(db, id);
  if (metadata === null) throw permanent(`flavor ${id} does not exist`);
  return metadata;
}

async function zoneMetadata(name: string, db: Queryable): Promise<ProviderMetadata> {
  const metadata = await findZoneMetadata(db, name);
  if (metadata === null) throw permanent(`availability zone ${name} does not exist`);
  return metadata;
}
