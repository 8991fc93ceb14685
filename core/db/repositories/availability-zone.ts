import type { AvailabilityZone } from '../../domain/availability-zone.ts';
import type { ProviderMetadata, ProviderProfile } from '../../domain/flavor.ts';
import type { Queryable } from '../../ports/transaction.ts';
import { column, table } from '../table.ts';

export const availabilityZoneProfiles = table<ProviderProfile>('availability_zone_profile', {
  id: column('id'),
  name: column('name'),
  providerName: column('provider_name'),
  data: column('availability_zone_data'),
});

export const availabilityZones = table<AvailabilityZone>(
  'availability_zone',
  {
    name: column('name'),
    description: column('description'),
    isEnabled: column('is_enabled'),
    availabilityZoneProfileId: column('availability_zone_profile_id'),
  },
  'name',
);

/** What an availability zone stands for at this moment; null: there is none of that name. */
export async function findZoneMetadata(
  db: Queryable,
  name: string,
): Promise<ProviderMetadata | null> {
  const zone = await availabilityZones.find(db, name);
  const profile = zone && (await availabilityZoneProfiles.find(db, zone.availabilityZoneProfileId));
  return profile && (JSON.parse(profile.data) as ProviderMetadata);
}
