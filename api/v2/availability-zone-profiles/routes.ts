import { collection, item, type Resource } from '../../http/resource.ts';
import { createAvailabilityZoneProfile } from './create.ts';
import { deleteAvailabilityZoneProfile } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listAvailabilityZoneProfiles, showAvailabilityZoneProfile } from './show.ts';
import { updateAvailabilityZoneProfile } from './update.ts';

export const availabilityZoneProfileResources: readonly Resource[] = [
  collection(
    '/availabilityzoneprofiles',
    { handle: listAvailabilityZoneProfiles },
    { handle: createAvailabilityZoneProfile, body: createBody, parameters: [] },
  ),
  item(
    '/availabilityzoneprofiles/:id',
    { handle: showAvailabilityZoneProfile },
    { handle: updateAvailabilityZoneProfile, body: updateBody, parameters: [] },
    { handle: deleteAvailabilityZoneProfile, parameters: [] },
  ),
];
