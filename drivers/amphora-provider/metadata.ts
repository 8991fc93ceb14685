import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { ProviderMetadata } from '#core/domain/flavor.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { ProviderDriver } from '#core/ports/provider.ts';

/** What one key of a flavor or a zone may hold; `wrong` says what a value is that it may not. */
interface Key {
  /** What operators read in the list of capabilities. */
  readonly description: string;
  readonly wrong: (value: unknown) => string | null;
}

const ofType = (name: string, isType: (value: unknown) => boolean) => (value: unknown) =>
  isType(value) ? null : `${printed(value)} is not of type '${name}'`;
const text = ofType('string', (value) => typeof value === 'string');
const flag = ofType('boolean', (value) => typeof value === 'boolean');
const list = ofType('array', Array.isArray);
const topology = (value: unknown): string | null => {
  const names: readonly unknown[] = [Topology.ActiveStandby, Topology.Single];
  return names.includes(value) ? null : `${printed(value)} is not one of ${printed(names)}`;
};

// The two that the conformance suite compares are worded as it has them.
const FLAVOR: Readonly<Record<string, Key>> = {
  loadbalancer_topology: {
    description:
      'The load balancer topology. One of: SINGLE - One amphora per load balancer. ACTIVE_STANDBY - Two amphora per load balancer.',
    wrong: topology,
  },
  compute_flavor: { description: 'The compute flavor that amphorae are built with.', wrong: text },
  amp_image_tag: { description: 'The tag of the image that amphorae boot from.', wrong: text },
  sriov_vip: { description: 'Whether the VIP is on an SR-IOV port.', wrong: flag },
  allow_member_sriov: {
    description: 'Whether members may ask to be reached through SR-IOV ports.',
    wrong: flag,
  },
};

const ZONE: Readonly<Record<string, Key>> = {
  compute_zone: { description: 'The compute availability zone.', wrong: text },
  volume_zone: { description: 'The volume availability zone.', wrong: text },
  management_network: { description: 'The network by which amphorae are managed.', wrong: text },
  valid_vip_networks: { description: 'The networks that VIPs may be on.', wrong: list },
};

type MetadataCalls = Pick<
  ProviderDriver,
  | 'getSupportedFlavorMetadata'
  | 'getSupportedAvailabilityZoneMetadata'
  | 'validateFlavor'
  | 'validateAvailabilityZone'
>;

/** Flavors and zones as amphorae understand them. Networks that a zone names must exist. */
export function metadataCalls(network: NetworkDriver): MetadataCalls {
  return {
    getSupportedFlavorMetadata: async () => descriptionsOf(FLAVOR),
    getSupportedAvailabilityZoneMetadata: async () => descriptionsOf(ZONE),
    validateFlavor: async (metadata) => validate(metadata, FLAVOR),
    async validateAvailabilityZone(metadata) {
      validate(metadata, ZONE);
      for (const id of networksIn(metadata))
        if (typeof id !== 'string' || (await network.getNetwork(id)) === null)
          throw new Error(`Network ${printed(id)} not found.`);
    },
  };
}

function networksIn(metadata: ProviderMetadata): readonly unknown[] {
  const { management_network: management, valid_vip_networks: vips } = metadata;
  return [...(management === undefined ? [] : [management]), ...(Array.isArray(vips) ? vips : [])];
}

function descriptionsOf(keys: Readonly<Record<string, Key>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { description }]) => [name, description]),
  );
}

/** @throws OctaviaError in the words of the JSON schema library that the original speaks with */
function validate(metadata: ProviderMetadata, keys: Readonly<Record<string, Key>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (key === undefined)
      throw refusal(`Additional properties are not allowed (${printed(name)} was unexpected)`);
    const wrong = key.wrong(value);
    if (wrong !== null) throw refusal(`${name} ${wrong}`);
  }
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function refusal(message: string): OctaviaError {
  return new OctaviaError(ErrorCode.ProviderUnsupportedOption, message);
}
