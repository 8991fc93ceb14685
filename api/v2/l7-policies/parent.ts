import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { Listener } from '#core/domain/listener.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import { notFound } from '../../faults.ts';
import { findOrRefuse, lockForChange } from '../../gate.ts';
import type { ApiRequest } from '../../http/request.ts';
import { type Provider, providerNamed } from '../../providers.ts';
import { refuseProtocolMismatch } from '../listeners/default-pool.ts';

export async function findListener(request: ApiRequest, id: string | null): Promise<Listener> {
  return findOrRefuse(listeners, request.context.database, 'Listener', id);
}

/** Who serves the listener's load balancer. @throws OctaviaError when that provider is not enabled any more */
export async function providerOf(request: ApiRequest, listener: Listener): Promise<Provider> {
  const { database, providers } = request.context;
  const id = listener.loadBalancerId;
  const loadBalancer = await findOrRefuse(loadBalancers, database, 'Load Balancer', id);
  return providerNamed(providers, loadBalancer.provider);
}

/** Takes the load balancer's lock for a change of a listener's policies. @returns the listener as it is now */
export async function lockListenerForChange(
  tx: Transaction,
  listener: Listener,
): Promise<Listener> {
  await lockForChange(tx, listener.loadBalancerId);
  const current = await findOrRefuse(listeners, tx, 'Listener', listener.id);
  await listeners.update(tx, current.id, { provisioningStatus: ProvisioningStatus.PendingUpdate });
  return current;
}

/** A pool that a request names must be one that the listener's protocol can be sent to. */
export async function checkRedirectPool(
  db: Queryable,
  id: string | null | undefined,
  listener: Listener,
): Promise<void> {
  if (!id) return;
  const pool = await findOrRefuse(pools, db, 'Pool', id);
  refuseProtocolMismatch(listener.protocol, pool.protocol);
}

/** Under the load balancer's lock, so that the pool stays. Another load balancer's pool is as good as none. */
export async function expectPoolOf(
  tx: Transaction,
  listener: Listener,
  { redirectPoolId }: Partial<L7Policy>,
): Promise<void> {
  if (!redirectPoolId) return;
  const pool = await findOrRefuse(pools, tx, 'Pool', redirectPoolId);
  if (pool.loadBalancerId !== listener.loadBalancerId) throw notFound('Pool', redirectPoolId);
}
