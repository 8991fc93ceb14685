import { type ListedPool, listedPools } from '#core/db/listed/pool.ts';
import type { Pool, SessionPersistence } from '#core/domain/pool.ts';
import { findListedOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, permit } from '../../http/request.ts';
import { answerList, answerOne, listScope } from '../../lists/answer-list.ts';
import { apiTime, apiTimeOrNull, reference } from '../../to-api.ts';

export async function listPools(request: ApiRequest): Promise<Answer> {
  const shape = { source: listedPools, plural: 'pools', toApi: poolToApi };
  return answerList(request, shape, listScope(request, 'pool'));
}

export async function showPool(request: ApiRequest): Promise<Answer> {
  const pool = await findPool(request);
  permit(request, 'pool:get_one', pool.projectId);
  return answerOne(request, 'pool', poolToApi(pool));
}

/** The pool in the path, with the ids around it. */
export async function findPool(request: ApiRequest): Promise<ListedPool> {
  return findListedOrRefuse(request, listedPools, 'Pool');
}

/** A pool as it stands in answers, under its root key. */
export function answerWith(pool: ListedPool | null): { pool: object } {
  if (pool === null) throw new Error('a pool vanished in its own transaction');
  return { pool: poolToApi(pool) };
}

export function poolToApi(pool: ListedPool) {
  return {
    ...poolOwnToApi(pool),
    loadbalancers: [reference(pool.loadBalancerId)],
    listeners: pool.listenerIds.map(reference),
    members: pool.memberIds.map(reference),
    ...(pool.healthMonitorId === null ? {} : { healthmonitor_id: pool.healthMonitorId }),
  };
}

/** Without parents and children, as nested in a whole load balancer. */
export function poolOwnToApi(pool: Pool) {
  return {
    id: pool.id,
    name: pool.name ?? '',
    description: pool.description ?? '',
    provisioning_status: pool.provisioningStatus,
    operating_status: pool.operatingStatus,
    admin_state_up: pool.isEnabled,
    protocol: pool.protocol,
    lb_algorithm: pool.lbAlgorithm,
    session_persistence:
      pool.sessionPersistence === null ? null : persistenceToApi(pool.sessionPersistence),
    project_id: pool.projectId,
    tenant_id: pool.projectId,
    created_at: apiTime(pool.createdAt),
    updated_at: apiTimeOrNull(pool.updatedAt),
    tags: pool.tags,
    tls_container_ref: pool.tlsContainerRef,
    ca_tls_container_ref: pool.caTlsContainerRef,
    crl_container_ref: pool.crlContainerRef,
    tls_enabled: pool.tlsEnabled,
    tls_ciphers: pool.tlsCiphers,
    tls_versions: pool.tlsVersions,
    alpn_protocols: pool.alpnProtocols,
  };
}

function persistenceToApi(persistence: SessionPersistence) {
  return {
    type: persistence.type,
    cookie_name: persistence.cookieName,
    persistence_timeout: persistence.persistenceTimeoutSeconds,
    persistence_granularity: persistence.persistenceGranularity,
  };
}
