import { collection, item, type Resource } from '../../http/resource.ts';
import { createFlavor } from './create.ts';
import { deleteFlavor } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listFlavors, showFlavor } from './show.ts';
import { updateFlavor } from './update.ts';

export const flavorResources: readonly Resource[] = [
  collection(
    '/flavors',
    { handle: listFlavors },
    { handle: createFlavor, body: createBody, parameters: [] },
  ),
  item(
    '/flavors/:id',
    { handle: showFlavor },
    { handle: updateFlavor, body: updateBody, parameters: [] },
    { handle: deleteFlavor, parameters: [] },
  ),
];
