import type { ProviderMetadata } from './flavor.ts';

/** What a machine is to be made of, and where; null: as the cloud does by default. */
export interface MachineSpec {
  readonly computeFlavor: string | null;
  /** Of a machine that boots from a volume: the image that was written onto that. */
  readonly imageId: string | null;
  /** The volume that it boots from, and that is deleted with it; null: it has a disk of its own. */
  readonly bootVolumeId: string | null;
  readonly zone: string | null;
  /** The networks of its first NICs; by the first of them its agent is reached. None: as the cloud does by default. */
  readonly managementNetworkIds: readonly string[];
  /** Names or ids of the security groups of those NICs. */
  readonly securityGroups: readonly string[];
  /** The SSH key, as the cloud knows it, with which people may log in. */
  readonly sshKeyName: string | null;
  /** The machines of one server group are kept on different hosts. */
  readonly serverGroupId: string | null;
}

export const DEFAULT_MACHINE: MachineSpec = {
  computeFlavor: null,
  imageId: null,
  bootVolumeId: null,
  zone: null,
  managementNetworkIds: [],
  securityGroups: [],
  sshKeyName: null,
  serverGroupId: null,
};

/** Hard: no machine at all rather than two of a group on one host. */
export const AntiAffinity = { Hard: 'anti-affinity', Soft: 'soft-anti-affinity' } as const;
export type AntiAffinity = (typeof AntiAffinity)[keyof typeof AntiAffinity];

/** What a machine shall be, before somebody looked which image that is, and made a volume and a server group. */
export interface MachineWish
  extends Omit<MachineSpec, 'imageId' | 'bootVolumeId' | 'serverGroupId'> {
  /** The newest image with this tag. */
  readonly imageTag: string | null;
  readonly volumeZone: string | null;
}

/** What the deployment says of all machines, where flavor and zone say nothing. */
export type MachineDefaults = MachineWish;

/** What a flavor and an availability zone say of machines. Both were checked by the provider when they were stored. */
export function machineWishOf(
  flavor: ProviderMetadata,
  zone: ProviderMetadata,
  defaults: MachineDefaults,
): MachineWish {
  const managementNetworkId = textOf(zone['management_network']);
  return {
    computeFlavor: textOf(flavor['compute_flavor']) ?? defaults.computeFlavor,
    imageTag: textOf(flavor['amp_image_tag']) ?? defaults.imageTag,
    zone: textOf(zone['compute_zone']) ?? defaults.zone,
    volumeZone: textOf(zone['volume_zone']) ?? defaults.volumeZone,
    managementNetworkIds:
      managementNetworkId === null ? defaults.managementNetworkIds : [managementNetworkId],
    securityGroups: defaults.securityGroups,
    sshKeyName: defaults.sshKeyName,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
