import { collection, item, type Resource } from '../../http/resource.ts';
import { createAvailabilityZone } from './create.ts';
import { deleteAvailabilityZone } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listAvailabilityZones, showAvailabilityZone } from './show.ts';
import { updateAvailabilityZone } from './update.ts';

export const availabilityZoneResources: readonly Resource[] = [
  collection(
    '/availabilityzones',
    { handle: listAvailabilityZones },
    { handle: createAvailabilityZone, body: createBody, parameters: [] },
  ),
  item(
    '/availabilityzones/:name',
    { handle: showAvailabilityZone },
    { handle: updateAvailabilityZone, body: updateBody, parameters: [] },
    { handle: deleteAvailabilityZone, parameters: [] },
  ),
];
