import { collection, item, type Resource } from '../../http/resource.ts';
import { createListener } from './create.ts';
import { deleteListener } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listListeners, showListener, showListenerStatistics } from './show.ts';
import { updateListener } from './update.ts';

export const listenerResources: readonly Resource[] = [
  collection(
    '/listeners',
    { handle: listListeners },
    { handle: createListener, body: createBody, parameters: [] },
  ),
  item(
    '/listeners/:id',
    { handle: showListener },
    { handle: updateListener, body: updateBody, parameters: [] },
    { handle: deleteListener, parameters: [] },
  ),
  {
    path: '/listeners/:id/stats',
    endpoints: { GET: { handle: showListenerStatistics, parameters: [] } },
    allow: 'GET',
  },
];
