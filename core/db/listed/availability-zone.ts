import type { AvailabilityZone } from '../../domain/availability-zone.ts';
import type { ProviderProfile } from '../../domain/flavor.ts';
import type { ListSource } from '../list-query.ts';
import { availabilityZoneProfiles, availabilityZones } from '../repositories/availability-zone.ts';
import { boolean, text, uuid } from './keys.ts';

/** Availability zones are everybody's. */
const OF_NO_PROJECT = 'null::text';

/** A zone as lists read it: pages are cut by its name, which stands in for an id. */
export type ListedAvailabilityZone = AvailabilityZone & { readonly id: string };

export const listedAvailabilityZones: ListSource<ListedAvailabilityZone> = {
  table: 'availability_zone',
  select: `t.name as "id", ${availabilityZones.select('t')}`,
  visible: 'true',
  projectColumn: OF_NO_PROJECT,
  hasTags: false,
  key: text('name'),
  keys: {
    name: text('name'),
    description: text('description', true),
    enabled: boolean('is_enabled'),
    availability_zone_profile_id: uuid('availability_zone_profile_id'),
  },
};

export const listedAvailabilityZoneProfiles: ListSource<ProviderProfile> = {
  table: 'availability_zone_profile',
  select: availabilityZoneProfiles.select('t'),
  visible: 'true',
  projectColumn: OF_NO_PROJECT,
  hasTags: false,
  key: uuid('id'),
  keys: {
    id: uuid('id'),
    name: text('name'),
    provider_name: text('provider_name'),
    availability_zone_data: text('availability_zone_data'),
  },
};
