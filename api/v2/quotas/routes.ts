import { item, type Resource } from '../../http/resource.ts';
import { deleteQuota } from './delete.ts';
import { updateBody } from './schema.ts';
import { listQuotas, showDefaultQuota, showQuota } from './show.ts';
import { updateQuota } from './update.ts';

const ALLOW = 'DELETE, GET, PUT';

export const quotaResources: readonly Resource[] = [
  {
    path: '/quotas',
    endpoints: { GET: { handle: listQuotas } },
    allow: ALLOW,
    misplaced: { PUT: 'id missing', DELETE: 'id missing' },
  },
  {
    ...item(
      '/quotas/:id',
      { handle: showQuota, parameters: [] },
      { handle: updateQuota, body: updateBody, parameters: [] },
      { handle: deleteQuota, parameters: [] },
    ),
    allow: ALLOW,
    misplaced: {},
  },
  {
    path: '/quotas/:id/default',
    endpoints: { GET: { handle: showDefaultQuota, parameters: [] } },
    allow: 'GET',
  },
];
