import { collection, item, type Resource } from '../../http/resource.ts';
import { createFlavorProfile } from './create.ts';
import { deleteFlavorProfile } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listFlavorProfiles, showFlavorProfile } from './show.ts';
import { updateFlavorProfile } from './update.ts';

export const flavorProfileResources: readonly Resource[] = [
  collection(
    '/flavorprofiles',
    { handle: listFlavorProfiles },
    { handle: createFlavorProfile, body: createBody, parameters: [] },
  ),
  item(
    '/flavorprofiles/:id',
    { handle: showFlavorProfile },
    { handle: updateFlavorProfile, body: updateBody, parameters: [] },
    { handle: deleteFlavorProfile, parameters: [] },
  ),
];
