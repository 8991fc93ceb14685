import type { Flavor, ProviderProfile } from '../../domain/flavor.ts';
import { column, table } from '../table.ts';

export const flavorProfiles = table<ProviderProfile>('flavor_profile', {
  id: column('id'),
  name: column('name'),
  providerName: column('provider_name'),
  data: column('flavor_data'),
});

export const flavors = table<Flavor>('flavor', {
  id: column('id'),
  name: column('name'),
  description: column('description'),
  isEnabled: column('is_enabled'),
  flavorProfileId: column('flavor_profile_id'),
});
