import { listedFlavorProfiles } from '#core/db/listed/flavor.ts';
import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import { profileResources } from '../profiles/resources.ts';
import { createBody, updateBody } from './schema.ts';

export const flavorProfileResources = profileResources({
  root: 'flavorprofile',
  plural: 'flavorprofiles',
  links: 'flavorprofile_links',
  path: '/flavorprofiles',
  policy: 'flavor-profile',
  words: 'Flavor Profile',
  wordsInUse: 'Flavor profile',
  dataField: 'flavor_data',
  question: 'validateFlavor',
  table: flavorProfiles,
  listed: listedFlavorProfiles,
  createBody,
  updateBody,
  isUsed: async (db, id) => (await flavors.findBy(db, 'flavorProfileId', id)).length > 0,
});
