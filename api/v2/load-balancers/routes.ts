import { collection, item, type Resource } from '../../http/resource.ts';
import { createLoadBalancer } from './create.ts';
import { deleteLoadBalancer } from './delete.ts';
import { failOverLoadBalancer } from './failover.ts';
import { createBody, updateBody } from './schema.ts';
import { listLoadBalancers, showLoadBalancer, showLoadBalancerStatistics } from './show.ts';
import { showStatusTree } from './status-tree.ts';
import { updateLoadBalancer } from './update.ts';

const ITEM = '/loadbalancers/:id';
const status = (path: string): Resource => ({
  path,
  endpoints: { GET: { handle: showStatusTree, parameters: [] } },
  allow: 'GET',
});

export const loadBalancerResources: readonly Resource[] = [
  collection(
    '/loadbalancers',
    { handle: listLoadBalancers },
    { handle: createLoadBalancer, body: createBody, parameters: [] },
  ),
  item(
    ITEM,
    { handle: showLoadBalancer },
    { handle: updateLoadBalancer, body: updateBody, parameters: [] },
    { handle: deleteLoadBalancer, parameters: ['cascade'] },
  ),
  status(`${ITEM}/status`),
  status(`${ITEM}/statuses`),
  {
    path: `${ITEM}/stats`,
    endpoints: { GET: { handle: showLoadBalancerStatistics, parameters: [] } },
    allow: 'GET',
  },
  {
    path: `${ITEM}/failover`,
    endpoints: { PUT: { handle: failOverLoadBalancer, parameters: [] } },
    allow: 'PUT',
  },
];
