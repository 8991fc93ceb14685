import { findListed } from '#core/db/list-query.ts';
import { listedListeners } from '#core/db/listed/listener.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import type { Listener } from '#core/domain/listener.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { ApiConfig } from '../../context.ts';
import { findOrRefuse, lockForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { changedAuthority, findTlsFault } from '../../tls.ts';
import { onlySent, orWhenNull, write } from '../../writing.ts';
import { checkDefaultPool } from './default-pool.ts';
import { type ListenerUpdate, updateBody } from './schema.ts';
import { answerWith } from './show.ts';
import { validateListenerUpdate } from './validate-update.ts';

export async function updateListener(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = updateBody.parse(request.body);
  const old = await findOrRefuse(listeners, context.database, 'Listener', param(request, 'id'));
  permit(request, 'listener:put', old.projectId);
  const parent = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    old.loadBalancerId,
  );
  const tlsFault = await findTlsFault(context, old.projectId, {
    containers: [sent.default_tls_container_ref, ...(sent.sni_container_refs ?? [])],
    ...changedAuthority(
      { ca: sent.client_ca_tls_container_ref, crl: sent.client_crl_container_ref },
      { ca: old.clientCaTlsContainerRef, crl: old.clientCrlContainerRef },
    ),
  });
  validateListenerUpdate(old, sent, parent, context.config.apiSettings, tlsFault);
  const changes = changesOf(sent, context.config);
  const provider = providerNamed(context.providers, parent.provider);

  const row = await write(request, async (tx, call) => {
    const { default_pool_id: poolId } = sent;
    if (poolId) await checkDefaultPool(tx, poolId, old.loadBalancerId, old.protocol);
    await lockForChange(tx, old.loadBalancerId);
    // Again: while we waited for the lock, the pool may have gone.
    if (poolId) await checkDefaultPool(tx, poolId, old.loadBalancerId, old.protocol);
    const current = await findOrRefuse(listeners, tx, 'Listener', old.id);
    await listeners.update(tx, old.id, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    await callProvider(provider, 'listenerUpdate', call, current, changes);
    return findListed(tx, listedListeners, old.id);
  });
  return ok(answerWith(row));
}

function changesOf(
  sent: ListenerUpdate,
  { apiSettings, haproxyAmphora }: ApiConfig,
): Partial<Listener> {
  return onlySent<Partial<Listener>>({
    name: sent.name,
    description: sent.description,
    isEnabled: orWhenNull(sent.admin_state_up, false),
    connectionLimit: orWhenNull(sent.connection_limit, -1),
    defaultPoolId: sent.default_pool_id,
    defaultTlsContainerRef: sent.default_tls_container_ref,
    sniContainerRefs: orWhenNull(sent.sni_container_refs, []),
    clientCaTlsContainerRef: sent.client_ca_tls_container_ref,
    clientCrlContainerRef: sent.client_crl_container_ref,
    clientAuthentication: orWhenNull(sent.client_authentication, 'NONE' as const),
    insertHeaders: orWhenNull(sent.insert_headers, {}),
    timeoutClientDataMs: orWhenNull(sent.timeout_client_data, haproxyAmphora.timeoutClientDataMs),
    timeoutMemberConnectMs: orWhenNull(
      sent.timeout_member_connect,
      haproxyAmphora.timeoutMemberConnectMs,
    ),
    timeoutMemberDataMs: orWhenNull(sent.timeout_member_data, haproxyAmphora.timeoutMemberDataMs),
    timeoutTcpInspectMs: orWhenNull(sent.timeout_tcp_inspect, haproxyAmphora.timeoutTcpInspectMs),
    allowedCidrs: orWhenNull(sent.allowed_cidrs, []),
    tlsCiphers: orWhenNull(sent.tls_ciphers, apiSettings.defaultListenerCiphers),
    tlsVersions: orWhenNull(sent.tls_versions, apiSettings.defaultListenerTlsVersions),
    alpnProtocols: orWhenNull(sent.alpn_protocols, apiSettings.defaultListenerAlpnProtocols),
    hstsMaxAgeSeconds: sent.hsts_max_age,
    hstsIncludeSubdomains: orWhenNull(sent.hsts_include_subdomains, false),
    hstsPreload: orWhenNull(sent.hsts_preload, false),
    // Null says nothing about tags.
    tags: sent.tags ?? undefined,
  });
}
