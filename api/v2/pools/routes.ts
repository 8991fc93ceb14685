import { collection, item, type Resource } from '../../http/resource.ts';
import { createPool } from './create.ts';
import { deletePool } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listPools, showPool } from './show.ts';
import { updatePool } from './update.ts';

export const poolResources: readonly Resource[] = [
  collection(
    '/pools',
    { handle: listPools },
    { handle: createPool, body: createBody, parameters: [] },
  ),
  item(
    '/pools/:id',
    { handle: showPool },
    { handle: updatePool, body: updateBody, parameters: [] },
    { handle: deletePool, parameters: [] },
  ),
];
