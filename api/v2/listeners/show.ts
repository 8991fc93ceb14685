import { type ListedListener, listedListeners } from '#core/db/listed/listener.ts';
import { findStatistics } from '#core/db/statistics.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { ListenerTree } from '#core/domain/load-balancer-tree.ts';
import { findListedOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { answerList, answerOne, listScope } from '../../lists/answer-list.ts';
import { statisticsToApi } from '../../statistics.ts';
import { apiTime, apiTimeOrNull, reference } from '../../to-api.ts';
import { fullL7PolicyToApi } from '../l7-policies/show.ts';

export async function listListeners(request: ApiRequest): Promise<Answer> {
  const shape = { source: listedListeners, plural: 'listeners', toApi: listenerToApi };
  return answerList(request, shape, listScope(request, 'listener'));
}

export async function showListener(request: ApiRequest): Promise<Answer> {
  const listener = await find(request);
  permit(request, 'listener:get_one', listener.projectId);
  return answerOne(request, 'listener', listenerToApi(listener));
}

export async function showListenerStatistics(request: ApiRequest): Promise<Answer> {
  const listener = await find(request);
  permit(request, 'listener:get_stats', listener.projectId);
  const statistics = await findStatistics(request.context.database, [listener.id]);
  return ok({ stats: statisticsToApi(statistics) });
}

const find = (request: ApiRequest) => findListedOrRefuse(request, listedListeners, 'Listener');

/** A listener as it stands in answers, under its root key. */
export function answerWith(listener: ListedListener | null): { listener: object } {
  if (listener === null) throw new Error('a listener vanished in its own transaction');
  return { listener: listenerToApi(listener) };
}

function listenerToApi(listener: ListedListener) {
  return {
    ...ownToApi(listener),
    l7policies: listener.l7PolicyIds.map(reference),
    loadbalancers: [reference(listener.loadBalancerId)],
  };
}

/** Without the parent and with its policies in full, as nested in a whole load balancer. */
export function fullListenerToApi(listener: ListenerTree) {
  return { ...ownToApi(listener), l7policies: listener.l7Policies.map(fullL7PolicyToApi) };
}

function ownToApi(listener: Listener) {
  return {
    id: listener.id,
    name: listener.name ?? '',
    description: listener.description ?? '',
    provisioning_status: listener.provisioningStatus,
    operating_status: listener.operatingStatus,
    admin_state_up: listener.isEnabled,
    protocol: listener.protocol,
    protocol_port: listener.protocolPort,
    connection_limit: listener.connectionLimit,
    default_tls_container_ref: listener.defaultTlsContainerRef,
    sni_container_refs: listener.sniContainerRefs,
    project_id: listener.projectId,
    tenant_id: listener.projectId,
    default_pool_id: listener.defaultPoolId,
    insert_headers: listener.insertHeaders,
    created_at: apiTime(listener.createdAt),
    updated_at: apiTimeOrNull(listener.updatedAt),
    timeout_client_data: listener.timeoutClientDataMs,
    timeout_member_connect: listener.timeoutMemberConnectMs,
    timeout_member_data: listener.timeoutMemberDataMs,
    timeout_tcp_inspect: listener.timeoutTcpInspectMs,
    tags: listener.tags,
    client_ca_tls_container_ref: listener.clientCaTlsContainerRef,
    client_authentication: listener.clientAuthentication,
    client_crl_container_ref: listener.clientCrlContainerRef,
    allowed_cidrs: listener.allowedCidrs.length > 0 ? listener.allowedCidrs : null,
    tls_ciphers: listener.tlsCiphers,
    tls_versions: listener.tlsVersions,
    alpn_protocols: listener.alpnProtocols,
    hsts_max_age: listener.hstsMaxAgeSeconds,
    hsts_include_subdomains: listener.hstsIncludeSubdomains,
    hsts_preload: listener.hstsPreload,
  };
}
