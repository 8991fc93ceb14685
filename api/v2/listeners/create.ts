import { findListed } from '#core/db/list-query.ts';
import { listedListeners } from '#core/db/listed/listener.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { validationFailure } from '../../faults.ts';
import { findOrRefuse, lockForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { findTlsFault } from '../../tls.ts';
import { reserve, write } from '../../writing.ts';
import { checkDefaultPool } from './default-pool.ts';
import { newListener, validateListenerToCreate } from './new-listener.ts';
import { createBody, type NestedListener } from './schema.ts';
import { answerWith } from './show.ts';

export async function createListener(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = createBody.parse(request.body);
  const parent = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    sent.loadbalancer_id ?? null,
  );
  permit(request, 'listener:post', parent.projectId);
  refuseNested(sent);
  const provider = providerNamed(context.providers, parent.provider);
  const tlsFault = await findTlsFault(context, parent.projectId, referencesOf(sent));

  const row = await write(request, async (tx, call) => {
    await reserve(request, tx, parent.projectId, 'listener');
    const pool = sent.default_pool_id
      ? await checkDefaultPool(tx, sent.default_pool_id, parent.id, sent.protocol)
      : null;
    const loadBalancer = await lockForChange(tx, parent.id);
    // Again: while we waited for the lock, the pool may have gone.
    if (pool) await checkDefaultPool(tx, pool.id, parent.id, sent.protocol);
    const listener = newListener(sent, loadBalancer, pool?.id ?? null, context);
    const { apiSettings } = context.config;
    await validateListenerToCreate(tx, listener, sent, loadBalancer, apiSettings, tlsFault);
    await listeners.insert(tx, listener);
    await callProvider(provider, 'listenerCreate', call, listener);
    return findListed(tx, listedListeners, listener.id);
  });
  return created(answerWith(row));
}

/** Children come along only in the creation of a whole load balancer. */
function refuseNested(sent: NestedListener): void {
  if (sent.default_pool || (sent.l7policies?.length ?? 0) > 0)
    throw validationFailure(
      'default_pool and l7policies can only be given when a whole load balancer is created.',
    );
}

export function referencesOf(sent: NestedListener) {
  return {
    containers: [sent.default_tls_container_ref, ...(sent.sni_container_refs ?? [])],
    ca: sent.client_ca_tls_container_ref,
    crl: sent.client_crl_container_ref,
  };
}
