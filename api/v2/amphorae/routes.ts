import type { Resource } from '../../http/resource.ts';
import { updateAmphoraConfig } from './config-update.ts';
import { deleteAmphora } from './delete.ts';
import { failOverAmphora } from './failover.ts';
import { listAmphorae, showAmphora, showAmphoraStatistics } from './show.ts';

const PATH = '/octavia/amphorae';
const ALLOW = 'DELETE, GET';

export const amphoraResources: readonly Resource[] = [
  {
    path: PATH,
    endpoints: { GET: { handle: listAmphorae } },
    allow: ALLOW,
    misplaced: { DELETE: 'id missing' },
  },
  {
    path: `${PATH}/:id`,
    endpoints: {
      GET: { handle: showAmphora },
      DELETE: { handle: deleteAmphora, parameters: [] },
    },
    allow: ALLOW,
  },
  {
    path: `${PATH}/:id/stats`,
    endpoints: { GET: { handle: showAmphoraStatistics, parameters: [] } },
    allow: 'GET',
  },
  {
    path: `${PATH}/:id/failover`,
    endpoints: { PUT: { handle: failOverAmphora, parameters: [] } },
    allow: 'PUT',
  },
  {
    path: `${PATH}/:id/config`,
    endpoints: { PUT: { handle: updateAmphoraConfig, parameters: [] } },
    allow: 'PUT',
  },
];
