import type { Flavor, ProviderProfile } from '../../domain/flavor.ts';
import type { ListSource } from '../list-query.ts';
import { flavorProfiles, flavors } from '../repositories/flavor.ts';
import { boolean, text, uuid } from './keys.ts';

/** Flavors are everybody's. */
const OF_NO_PROJECT = 'null::text';

export const listedFlavors: ListSource<Flavor> = {
  table: 'flavor',
  select: flavors.select('t'),
  visible: 'true',
  projectColumn: OF_NO_PROJECT,
  hasTags: false,
  key: uuid('id'),
  keys: {
    id: uuid('id'),
    name: text('name'),
    description: text('description', true),
    enabled: boolean('is_enabled'),
    flavor_profile_id: uuid('flavor_profile_id'),
  },
};

export const listedFlavorProfiles: ListSource<ProviderProfile> = {
  table: 'flavor_profile',
  select: flavorProfiles.select('t'),
  visible: 'true',
  projectColumn: OF_NO_PROJECT,
  hasTags: false,
  key: uuid('id'),
  keys: {
    id: uuid('id'),
    name: text('name'),
    provider_name: text('provider_name'),
    flavor_data: text('flavor_data'),
  },
};
