import {
  availabilityZoneProfiles,
  availabilityZones,
} from '#core/db/repositories/availability-zone.ts';
import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { ProviderMetadata } from '#core/domain/flavor.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { ApiConfig } from '../../context.ts';
import { optionDisabled, validationFailure } from '../../faults.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { consultProvider, type Provider } from '../../providers.ts';
import { isStorable } from '../../schema/text.ts';
import type { LoadBalancerCreate } from './schema.ts';

/** What the flavor and the availability zone that a request names stand for; null: it names none. */
export interface Offer {
  readonly flavor: {
    readonly id: string;
    readonly providerName: string;
    readonly metadata: ProviderMetadata;
  } | null;
  readonly zone: { readonly name: string; readonly metadata: ProviderMetadata } | null;
}

/** @throws OctaviaError for one that does not exist, or that users may not choose */
export async function findOffer(sent: LoadBalancerCreate, db: Queryable): Promise<Offer> {
  return {
    flavor: sent.flavor_id === undefined ? null : await findFlavor(sent.flavor_id, db),
    zone: sent.availability_zone === undefined ? null : await findZone(sent.availability_zone, db),
  };
}

async function findFlavor(id: string | null, db: Queryable): Promise<NonNullable<Offer['flavor']>> {
  const flavor = id === null ? null : await flavors.find(db, id);
  const profile = flavor && (await flavorProfiles.find(db, flavor.flavorProfileId));
  if (!flavor || !profile) throw noFlavor();
  if (!flavor.isEnabled) throw optionDisabled('flavor', flavor.id);
  const metadata = readMetadata(profile.data, 'flavor_data');
  return { id: flavor.id, providerName: profile.providerName, metadata };
}

async function findZone(name: string | null, db: Queryable): Promise<NonNullable<Offer['zone']>> {
  const zone = name === null || !isStorable(name) ? null : await availabilityZones.find(db, name);
  const profile = zone && (await availabilityZoneProfiles.find(db, zone.availabilityZoneProfileId));
  if (!zone || !profile) throw noZone();
  if (!zone.isEnabled) throw optionDisabled('availability_zone', zone.name);
  const metadata = readMetadata(profile.data, 'availability_zone_data');
  return { name: zone.name, metadata };
}

/** Keeps them until the load balancer that names them is stored: whoever deletes them waits, and then finds it. */
export async function holdOffer({ flavor, zone }: Offer, tx: Transaction): Promise<void> {
  if (flavor && (await flavors.hold(tx, flavor.id, 'key share')) === null) throw noFlavor();
  if (zone && (await availabilityZones.hold(tx, zone.name, 'key share')) === null) throw noZone();
}

/** The flavor's provider when the request names none; otherwise they must be the same. */
export function chooseProvider(
  sent: LoadBalancerCreate,
  { flavor }: Offer,
  settings: ApiConfig['apiSettings'],
): string | null {
  if (sent.provider === undefined) return flavor?.providerName ?? settings.defaultProviderDriver;
  if (flavor !== null && sent.provider !== flavor.providerName)
    throw new OctaviaError(
      ErrorCode.InvalidOption,
      `Flavor '${flavor.id}' is not compatible with provider '${sent.provider ?? 'None'}'`,
    );
  return sent.provider;
}

/** The provider may have come to think otherwise since the profiles were stored. */
export async function validateOffer({ flavor, zone }: Offer, provider: Provider): Promise<void> {
  if (flavor) await consultProvider(provider, 'validateFlavor', flavor.metadata);
  if (zone) await consultProvider(provider, 'validateAvailabilityZone', zone.metadata);
}

/** How many amphorae: what the flavor says, else the deployment's default. */
export function topologyOf({ flavor }: Offer, byDefault: Topology): Topology {
  const wanted = flavor?.metadata['loadbalancer_topology'];
  return Object.values(Topology).find((topology) => topology === wanted) ?? byDefault;
}

export function vnicTypeOf({ flavor }: Offer): 'normal' | 'direct' {
  return flavor?.metadata['sriov_vip'] === true ? 'direct' : 'normal';
}

/** The networks that VIPs may lie in, when the zone names some. */
export function vipNetworksOf({ zone }: Offer): readonly string[] | null {
  const networks = zone?.metadata['valid_vip_networks'];
  if (!Array.isArray(networks) || networks.length === 0) return null;
  return networks.filter((network) => typeof network === 'string');
}

function noFlavor(): OctaviaError {
  return validationFailure('Invalid flavor_id.');
}

function noZone(): OctaviaError {
  return validationFailure('Invalid availability zone.');
}
