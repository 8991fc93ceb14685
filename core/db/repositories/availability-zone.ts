import type { AvailabilityZone, AvailabilityZoneProfile } from '../../domain/availability-zone.ts';
import { column, table } from '../table.ts';

export const availabilityZoneProfiles = table<AvailabilityZoneProfile>(
  'availability_zone_profile',
  {
    id: column('id'),
    name: column('name'),
    providerName: column('provider_name'),
    availabilityZoneData: column('availability_zone_data'),
  },
);

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
