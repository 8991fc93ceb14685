import { randomUUID } from 'node:crypto';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { expectQuota } from '#core/db/repositories/quota.ts';
import type { LoadBalancer, Topology } from '#core/domain/load-balancer.ts';
import { timestamp } from '../../context.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider, type Provider, providerNamed } from '../../providers.ts';
import { NEWBORN, reserve, write } from '../../writing.ts';
import { fullToApi } from './full-to-api.ts';
import { isEmpty, prepareNested, storeNested } from './nested.ts';
import {
  chooseProvider,
  findOffer,
  holdOffer,
  type Offer,
  topologyOf,
  validateOffer,
  vipNetworksOf,
  vnicTypeOf,
} from './offer.ts';
import { createBody, type LoadBalancerCreate } from './schema.ts';
import { groupsOnDirectPort, projectOf } from './validate.ts';
import { resolveVip, type WantedVip } from './vip.ts';
import { refuseForbiddenNetwork } from './vip-allowance.ts';
import { createVipPort, giveVipPortBackQuietly, keepVipPort } from './vip-port.ts';

export async function createLoadBalancer(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = createBody.parse(request.body);
  const projectId = projectOf(request, sent);
  permit(request, 'loadbalancer:post', projectId);
  if (sent.vip_sg_ids !== undefined) permit(request, 'loadbalancer:post:vip_sg_ids', projectId);
  const { apiSettings, controllerWorker, networking, quotas } = context.config;
  // Its faults come after the VIP's, but how many amphorae it means decides which subnet has room for them.
  const offered = findOffer(sent, context.database);
  const wanted = await resolveVip(
    sent,
    context,
    topologyIn(offered, controllerWorker.loadbalancerTopology),
  );
  const offer = await offered;
  const chosen = chooseProvider(sent, offer, apiSettings);
  const provider = providerNamed(context.providers, chosen);
  if (context.auth.isQuotaEnforced)
    await expectQuota(context.database, projectId, 'loadBalancer', 1, quotas);
  await validateOffer(offer, provider);
  refuseForbiddenNetwork(wanted.vip.networkId, networking, vipNetworksOf(offer));
  const vip = onOfferedPort(wanted, offer);
  const id = randomUUID();
  try {
    const port = await createVipPort(id, projectId, vip, provider, context);
    const loadBalancer = newLoadBalancer(request, sent, { id, projectId, chosen, offer }, port);
    const stored = await store(request, sent, loadBalancer, offer, provider);
    return created({ loadbalancer: fullToApi(stored) });
  } catch (error) {
    await giveVipPortBackQuietly(id, context);
    throw error;
  }
}

/** Never rejects: what is wrong with the offer is said at its turn. */
async function topologyIn(offered: Promise<Offer>, byDefault: Topology): Promise<Topology> {
  return offered.then(
    (offer) => topologyOf(offer, byDefault),
    () => byDefault,
  );
}

/** The kind of port that the flavor says. */
function onOfferedPort(wanted: WantedVip, offer: Offer): WantedVip {
  const vip = { ...wanted.vip, vnicType: vnicTypeOf(offer) };
  if (vip.vnicType === 'direct' && vip.securityGroupIds.length > 0) throw groupsOnDirectPort();
  return { ...wanted, vip };
}

async function store(
  request: ApiRequest,
  sent: LoadBalancerCreate,
  loadBalancer: LoadBalancer,
  offer: Offer,
  provider: Provider,
) {
  const nested = await prepareNested(sent, loadBalancer.projectId, request.context);
  return write(request, async (tx, call) => {
    await holdOffer(offer, tx);
    await keepVipPort(tx, loadBalancer.id);
    // From here on the project's other requests wait: not before all that concerns nobody else.
    await reserve(request, tx, loadBalancer.projectId, 'loadBalancer');
    await loadBalancers.insert(tx, loadBalancer);
    await storeNested(request, tx, nested, loadBalancer);
    const tree = isEmpty(nested)
      ? { ...loadBalancer, listeners: [], pools: [], amphorae: [] }
      : await findLoadBalancerTree(tx, loadBalancer.id);
    if (tree === null) throw new Error('a load balancer vanished in its own transaction');
    await callProvider(provider, 'loadBalancerCreate', call, {
      ...tree,
      flavorMetadata: offer.flavor?.metadata ?? null,
      availabilityZoneMetadata: offer.zone?.metadata ?? null,
    });
    return tree;
  });
}

function newLoadBalancer(
  { context }: ApiRequest,
  sent: LoadBalancerCreate,
  own: {
    readonly id: string;
    readonly projectId: string;
    readonly chosen: string | null;
    readonly offer: Offer;
  },
  { vip, additionalVips }: WantedVip,
): LoadBalancer {
  return {
    id: own.id,
    projectId: own.projectId,
    ...NEWBORN,
    name: sent.name ?? null,
    description: sent.description ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    topology: topologyOf(own.offer, context.config.controllerWorker.loadbalancerTopology),
    provider: own.chosen,
    flavorId: own.offer.flavor?.id ?? null,
    availabilityZone: own.offer.zone?.name ?? null,
    vip,
    additionalVips,
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}
