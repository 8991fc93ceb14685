import { findListed } from '#core/db/list-query.ts';
import { listedPools } from '#core/db/listed/pool.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { Pool } from '#core/domain/pool.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { ApiConfig } from '../../context.ts';
import { findOrRefuse, lockForChange, lockListenersUsing } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { changedAuthority, findTlsFault } from '../../tls.ts';
import { onlySent, orWhenNull, write } from '../../writing.ts';
import { referencesOf } from './new-pool.ts';
import { type PoolUpdate, updateBody } from './schema.ts';
import { sessionPersistenceOf } from './session-persistence.ts';
import { answerWith, findPool } from './show.ts';
import { validatePoolUpdate } from './validate.ts';

export async function updatePool(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = updateBody.parse(request.body);
  const old = await findPool(request);
  permit(request, 'pool:put', old.projectId);
  const changes = changesOf(old, sent, context.config.apiSettings);
  const references = referencesOf(sent);
  const tlsFault = await findTlsFault(context, old.projectId, {
    ...references,
    ...changedAuthority(references, { ca: old.caTlsContainerRef, crl: old.crlContainerRef }),
  });
  validatePoolUpdate(old, sent, changes, context.config.apiSettings, tlsFault);
  const parent = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    old.loadBalancerId,
  );
  const provider = providerNamed(context.providers, parent.provider);

  const row = await write(request, async (tx, call) => {
    await lockForChange(tx, old.loadBalancerId);
    const current = await findOrRefuse(pools, tx, 'Pool', old.id);
    await pools.update(tx, old.id, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    await lockListenersUsing(tx, old.id);
    await callProvider(provider, 'poolUpdate', call, current, changes);
    return findListed(tx, listedPools, old.id);
  });
  return ok(answerWith(row));
}

function changesOf(old: Pool, sent: PoolUpdate, settings: ApiConfig['apiSettings']): Partial<Pool> {
  return onlySent<Partial<Pool>>({
    name: sent.name,
    description: sent.description,
    isEnabled: orWhenNull(sent.admin_state_up, false),
    lbAlgorithm: sent.lb_algorithm ?? undefined,
    sessionPersistence: persistenceChange(old, sent),
    tlsEnabled: sent.tls_enabled ?? undefined,
    tlsContainerRef: sent.tls_container_ref,
    caTlsContainerRef: sent.ca_tls_container_ref,
    crlContainerRef: sent.crl_container_ref,
    tlsCiphers: orWhenNull(sent.tls_ciphers, settings.defaultPoolCiphers),
    tlsVersions: orWhenNull(sent.tls_versions, settings.defaultPoolTlsVersions),
    alpnProtocols: sent.alpn_protocols,
    tags: sent.tags ?? undefined,
  });
}

/** Null removes it; an empty object changes nothing. */
function persistenceChange(old: Pool, { session_persistence: sent }: PoolUpdate) {
  if (sent === null || sent === undefined) return sent;
  if (Object.keys(sent).length === 0) return undefined;
  return sessionPersistenceOf(sent, old.sessionPersistence);
}
