import { findListed } from '#core/db/list-query.ts';
import { listedPools } from '#core/db/listed/pool.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { conflict, noChildren, notFound, validationFailure } from '../../faults.ts';
import { findOrRefuse, lockForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { findTlsFault } from '../../tls.ts';
import { reserve, write } from '../../writing.ts';
import { refuseProtocolMismatch } from '../listeners/default-pool.ts';
import { newPool, referencesOf, validatePoolTls } from './new-pool.ts';
import { createBody, type PoolCreate } from './schema.ts';
import { validateSessionPersistence } from './session-persistence.ts';
import { answerWith } from './show.ts';

export async function createPool(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = createBody.parse(request.body);
  const { loadBalancer: parent, listener } = await findParents(request, sent);
  permit(request, 'pool:post', parent.projectId);
  refuseNested(sent);
  if (listener) refuseListener(listener, sent);
  const draft = newPool(sent, parent, context);
  if (draft.sessionPersistence)
    validateSessionPersistence(draft.sessionPersistence, draft.protocol, 'create');
  const provider = providerNamed(context.providers, parent.provider);
  const tlsFault = await findTlsFault(context, parent.projectId, referencesOf(sent));

  const row = await write(request, async (tx, call) => {
    await reserve(request, tx, parent.projectId, 'pool');
    await lockForChange(tx, parent.id, async () => listener && refuseSecondDefault(tx, listener));
    validatePoolTls(draft, sent, context.config.apiSettings, tlsFault);
    await pools.insert(tx, draft);
    if (listener) await makeDefault(tx, listener, draft.id);
    await callProvider(provider, 'poolCreate', call, draft);
    return findListed(tx, listedPools, draft.id);
  });
  return created(answerWith(row));
}

async function findParents(
  request: ApiRequest,
  sent: PoolCreate,
): Promise<{ readonly loadBalancer: LoadBalancer; readonly listener: Listener | null }> {
  const { database } = request.context;
  if (!sent.loadbalancer_id && !sent.listener_id)
    throw validationFailure('Must provide at least one of: loadbalancer_id, listener_id');
  const find = (id: string) => findOrRefuse(loadBalancers, database, 'Load Balancer', id);
  const given = sent.loadbalancer_id ? await find(sent.loadbalancer_id) : null;
  const listener = sent.listener_id
    ? await findOrRefuse(listeners, database, 'Listener', sent.listener_id)
    : null;
  if (given !== null && listener !== null && listener.loadBalancerId !== given.id)
    throw notFound('Listener', listener.id);
  const loadBalancer = given ?? (await find(listener?.loadBalancerId ?? ''));
  return { loadBalancer, listener };
}

/** Children come along only in the creation of a whole load balancer. */
function refuseNested(sent: PoolCreate): void {
  if (sent.healthmonitor || (sent.members?.length ?? 0) > 0)
    throw validationFailure(
      'healthmonitor and members can only be given when a whole load balancer is created.',
    );
}

function refuseListener(listener: Listener, sent: PoolCreate): void {
  if (listener.protocol === 'PROMETHEUS') throw noChildren(listener.protocol);
  if (sent.protocol) refuseProtocolMismatch(listener.protocol, sent.protocol);
}

async function refuseSecondDefault(tx: Transaction, listener: Listener): Promise<void> {
  const current = await findOrRefuse(listeners, tx, 'Listener', listener.id);
  if (current.defaultPoolId !== null) throw conflict('This listener already has a default pool');
}

async function makeDefault(tx: Transaction, listener: Listener, poolId: string): Promise<void> {
  await listeners.update(tx, listener.id, {
    defaultPoolId: poolId,
    provisioningStatus: ProvisioningStatus.PendingUpdate,
  });
}
