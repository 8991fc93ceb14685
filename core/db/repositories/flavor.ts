import type { Flavor, ProviderMetadata, ProviderProfile } from '../../domain/flavor.ts';
import type { Queryable } from '../../ports/transaction.ts';
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

/** What a flavor stands for at this moment; null: there is none of that id. */
export async function findFlavorMetadata(
  db: Queryable,
  id: string,
): Promise<ProviderMetadata | null> {
  const flavor = await flavors.find(db, id);
  const profile = flavor && (await flavorProfiles.find(db, flavor.flavorProfileId));
  return profile && (JSON.parse(profile.data) as ProviderMetadata);
}
