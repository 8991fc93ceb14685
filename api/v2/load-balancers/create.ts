import { randomUUID } from 'node:crypto';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { expectQuota } from '#core/db/repositories/quota.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import { timestamp } from '../../context.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider, type Provider, providerNamed } from '../../providers.ts';
import { NEWBORN, reserve, write } from '../../writing.ts';
import { fullToApi } from './full-to-api.ts';
import { prepareNested, storeNested } from './nested.ts';
import { createBody, type LoadBalancerCreate } from './schema.ts';
import { projectOf, refuseFlavorAndZone } from './validate.ts';
import { refuseForbiddenNetwork, resolveVip, type WantedVip } from './vip.ts';
import { createVipPort } from './vip-port.ts';

export async function createLoadBalancer(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = createBody.parse(request.body);
  const projectId = projectOf(request, sent);
  permit(request, 'loadbalancer:post', projectId);
  if (sent.vip_sg_ids !== undefined) permit(request, 'loadbalancer:post:vip_sg_ids', projectId);
  const wanted = await resolveVip(sent, context);
  refuseFlavorAndZone(sent);
  const chosen = sent.provider === undefined ? defaultProvider(request) : sent.provider;
  const provider = providerNamed(context.providers, chosen);
  if (context.auth.isQuotaEnforced)
    await expectQuota(context.database, projectId, 'loadBalancer', 1, context.config.quotas);
  refuseForbiddenNetwork(wanted.vip.networkId, context.config.networking);

  const id = randomUUID();
  const port = await createVipPort(id, projectId, wanted, provider, context);
  try {
    const loadBalancer = newLoadBalancer(request, sent, { id, projectId, chosen }, port);
    return created({ loadbalancer: fullToApi(await store(request, sent, loadBalancer, provider)) });
  } catch (error) {
    await port.release();
    throw error;
  }
}

async function store(
  request: ApiRequest,
  sent: LoadBalancerCreate,
  loadBalancer: LoadBalancer,
  provider: Provider,
) {
  const nested = await prepareNested(sent, request.context);
  return write(request, async (tx, call) => {
    await reserve(request, tx, loadBalancer.projectId, 'loadBalancer');
    await loadBalancers.insert(tx, loadBalancer);
    await storeNested(request, tx, nested, loadBalancer);
    const tree = await findLoadBalancerTree(tx, loadBalancer.id);
    if (tree === null) throw new Error('a load balancer vanished in its own transaction');
    await callProvider(provider, 'loadBalancerCreate', call, tree);
    return tree;
  });
}

function defaultProvider(request: ApiRequest): string {
  return request.context.config.apiSettings.defaultProviderDriver;
}

function newLoadBalancer(
  { context }: ApiRequest,
  sent: LoadBalancerCreate,
  own: { readonly id: string; readonly projectId: string; readonly chosen: string | null },
  { vip, additionalVips }: WantedVip,
): LoadBalancer {
  return {
    id: own.id,
    projectId: own.projectId,
    ...NEWBORN,
    name: sent.name ?? null,
    description: sent.description ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    topology: context.config.controllerWorker.loadbalancerTopology,
    provider: own.chosen,
    flavorId: null,
    availabilityZone: null,
    vip,
    additionalVips,
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}
