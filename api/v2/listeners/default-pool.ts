import { pools } from '#core/db/repositories/pool.ts';
import type { Listener } from '#core/domain/listener.ts';
import { canServe, type Pool } from '#core/domain/pool.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { noChildren, notFound, validationFailure } from '../../faults.ts';

/** @throws OctaviaError unless the pool is one of the load balancer's, and one that the protocol can be sent to */
export async function checkDefaultPool(
  db: Queryable,
  poolId: string,
  loadBalancerId: string,
  protocol: Listener['protocol'] | null | undefined,
): Promise<Pool> {
  if (protocol === 'PROMETHEUS') throw noChildren(protocol);
  const pool = await pools.find(db, poolId);
  if (pool === null || pool.loadBalancerId !== loadBalancerId) throw notFound('Pool', poolId);
  if (protocol) refuseProtocolMismatch(protocol, pool.protocol);
  return pool;
}

export function refuseProtocolMismatch(
  listener: Listener['protocol'],
  pool: Pool['protocol'],
): void {
  if (!canServe(listener, pool))
    throw validationFailure(
      `The pool protocol '${pool}' is invalid while the listener protocol is '${listener}'.`,
    );
}
