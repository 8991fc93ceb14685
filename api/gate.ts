import { findListed, type ListSource } from '#core/db/list-query.ts';
import { usesPool } from '#core/db/listed/pool.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Pool } from '#core/domain/pool.ts';
import { MUTABLE, ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import { immutable, notFound } from './faults.ts';
import { type ApiRequest, param } from './http/request.ts';
import { canonicalUuid } from './schema/text.ts';

/**
 * Finds what a path or a body names. Any text may come; only a UUID can be one of ours.
 * @throws OctaviaError `not-found`
 */
export async function findOrRefuse<Noun>(
  table: { find(db: Queryable, id: string): Promise<Noun | null> },
  db: Queryable,
  word: Parameters<typeof notFound>[0],
  id: string | null,
): Promise<Noun> {
  const canonical = id === null ? null : canonicalUuid(id);
  const found = canonical === null ? null : await table.find(db, canonical);
  if (found === null) throw notFound(word, id);
  return found;
}

/** What the id in the path names, as lists show it: with the ids around it. @throws OctaviaError `not-found` */
export async function findListedOrRefuse<Row extends { readonly id: string }>(
  request: ApiRequest,
  source: ListSource<Row>,
  word: Parameters<typeof notFound>[0],
): Promise<Row> {
  const table = { find: (db: Queryable, id: string) => findListed(db, source, id) };
  return findOrRefuse(table, request.context.database, word, param(request, 'id'));
}

/** A load balancer that users may see. */
export async function findLoadBalancer(db: Queryable, id: string): Promise<LoadBalancer> {
  const loadBalancer = await findOrRefuse(loadBalancers, db, 'Load Balancer', id);
  if (loadBalancer.provisioningStatus === ProvisioningStatus.Deleted)
    throw notFound('Load Balancer', id);
  return loadBalancer;
}

/**
 * Takes the load balancer's lock for a change below it: PENDING_UPDATE until the provider is done.
 * @param refuse what is refused first, even when the load balancer is not ACTIVE: nobody changes it any more
 * @throws OctaviaError `immutable` when it is not ACTIVE
 */
export async function lockForChange(
  tx: Transaction,
  id: string,
  refuse = async (): Promise<unknown> => undefined,
): Promise<LoadBalancer> {
  const lock = await loadBalancers.lock(tx, id, MUTABLE, ProvisioningStatus.PendingUpdate);
  await refuse();
  if (!lock?.isLocked) throw immutable('Load Balancer', id);
  return lock.loadBalancer;
}

/**
 * The same for a change of a pool's members or monitor: the pool must be ACTIVE too, and is named first when it is
 * not. The load balancer's row is locked before the pool is looked at: everyone locks in that order.
 */
export async function lockPoolForChange(
  tx: Transaction,
  pool: Pool,
): Promise<{ readonly loadBalancer: LoadBalancer; readonly pool: Pool }> {
  const lock = await loadBalancers.lock(
    tx,
    pool.loadBalancerId,
    MUTABLE,
    ProvisioningStatus.PendingUpdate,
  );
  const current = await pools.find(tx, pool.id);
  if (current === null) throw notFound('Pool', pool.id);
  if (!MUTABLE.includes(current.provisioningStatus)) throw immutable('Pool', pool.id);
  if (!lock?.isLocked) throw immutable('Load Balancer', pool.loadBalancerId);
  await pools.update(tx, pool.id, { provisioningStatus: ProvisioningStatus.PendingUpdate });
  await lockListenersUsing(tx, pool.id);
  return { loadBalancer: lock.loadBalancer, pool: current };
}

/** Listeners whose traffic the change of a pool touches show it too. */
export async function lockListenersUsing(tx: Transaction, poolId: string): Promise<void> {
  const using = await tx.query<{ id: string }>(
    `select l.id from listener l where l.load_balancer_id = (select load_balancer_id from pool where id = $1)
       and ${usesPool('$1')} order by l.id`,
    [poolId],
  );
  for (const { id } of using.rows)
    await listeners.update(tx, id, { provisioningStatus: ProvisioningStatus.PendingUpdate });
}
