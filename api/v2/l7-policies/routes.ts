import { collection, item, type Resource } from '../../http/resource.ts';
import { createL7Policy } from './create.ts';
import { deleteL7Policy } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listL7Policies, showL7Policy } from './show.ts';
import { updateL7Policy } from './update.ts';

export const l7PolicyResources: readonly Resource[] = [
  collection(
    '/l7policies',
    { handle: listL7Policies },
    { handle: createL7Policy, body: createBody, parameters: [] },
  ),
  item(
    '/l7policies/:id',
    { handle: showL7Policy },
    { handle: updateL7Policy, body: updateBody, parameters: [] },
    { handle: deleteL7Policy, parameters: [] },
  ),
];
