import { type ListedLoadBalancer, listedLoadBalancers } from '#core/db/listed/load-balancer.ts';
import { findStatistics } from '#core/db/statistics.ts';
import { findListedOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { answerList, answerOne, listScope } from '../../lists/answer-list.ts';
import { statisticsToApi } from '../../statistics.ts';
import { loadBalancerToApi } from './to-api.ts';

export async function listLoadBalancers(request: ApiRequest): Promise<Answer> {
  const shape = {
    source: listedLoadBalancers,
    plural: 'loadbalancers',
    toApi: loadBalancerToApi,
  };
  return answerList(request, shape, listScope(request, 'loadbalancer'));
}

export async function showLoadBalancer(request: ApiRequest): Promise<Answer> {
  const row = await find(request);
  permit(request, 'loadbalancer:get_one', row.projectId);
  return answerOne(request, 'loadbalancer', loadBalancerToApi(row));
}

/** The sum over its listeners. */
export async function showLoadBalancerStatistics(request: ApiRequest): Promise<Answer> {
  const row = await find(request);
  permit(request, 'loadbalancer:get_stats', row.projectId);
  const statistics = await findStatistics(request.context.database, row.listenerIds);
  return ok({ stats: statisticsToApi(statistics) });
}

const find = (request: ApiRequest) =>
  findListedOrRefuse(request, listedLoadBalancers, 'Load Balancer');

/** A load balancer as it stands in answers, under its root key. */
export function answerWith(row: ListedLoadBalancer | null): { loadbalancer: object } {
  if (row === null) throw new Error('a load balancer vanished in its own transaction');
  return { loadbalancer: loadBalancerToApi(row) };
}
