import type { HealthMonitor } from '../../domain/health-monitor.ts';
import type { LoadBalancerTree, PoolTree } from '../../domain/load-balancer-tree.ts';
import type { Member } from '../../domain/member.ts';
import type { Queryable } from '../../ports/transaction.ts';
import { amphorae } from './amphora.ts';
import { healthMonitors } from './health-monitor.ts';
import { listeners } from './listener.ts';
import { loadBalancers } from './load-balancer.ts';
import { members } from './member.ts';
import { pools } from './pool.ts';

/**
 * A load balancer with all below it, as stored; null when there is none. Amphorae include those marked DELETED.
 * One connection runs the queries one after the other: inside a transaction they see one picture.
 */
export async function findLoadBalancerTree(
  db: Queryable,
  id: string,
): Promise<LoadBalancerTree | null> {
  const loadBalancer = await loadBalancers.find(db, id);
  if (loadBalancer === null) return null;
  const ownListeners = await listeners.findBy(db, 'loadBalancerId', id);
  const ownPools = await pools.findBy(db, 'loadBalancerId', id);
  const below = `where t.pool_id in (select id from pool where load_balancer_id = $1) order by t.created_at, t.id`;
  const ownMembers = await db.query<Member>(
    `select ${members.select('t')} from member t ${below}`,
    [id],
  );
  const ownMonitors = await db.query<HealthMonitor>(
    `select ${healthMonitors.select('t')} from health_monitor t ${below}`,
    [id],
  );
  const ownAmphorae = await amphorae.findBy(db, 'loadBalancerId', id);
  const membersOf = Map.groupBy(ownMembers.rows, (member) => member.poolId);
  const monitorOf = new Map(ownMonitors.rows.map((monitor) => [monitor.poolId, monitor]));
  return {
    ...loadBalancer,
    // L7 policies have no table yet: the API does not take them.
    listeners: ownListeners.map((listener) => ({ ...listener, l7Policies: [] })),
    pools: ownPools.map(
      (pool): PoolTree => ({
        ...pool,
        members: membersOf.get(pool.id) ?? [],
        healthMonitor: monitorOf.get(pool.id) ?? null,
      }),
    ),
    amphorae: ownAmphorae,
  };
}
