import type { AvailabilityZone } from '../../domain/availability-zone.ts';
import type { ProviderProfile } from '../../domain/flavor.ts';
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
