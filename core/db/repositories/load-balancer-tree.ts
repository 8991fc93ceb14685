import type { HealthMonitor } from '../../domain/health-monitor.ts';
import type { L7Policy } from '../../domain/l7-policy.ts';
import type { L7Rule } from '../../domain/l7-rule.ts';
import type { L7PolicyTree, LoadBalancerTree, PoolTree } from '../../domain/load-balancer-tree.ts';
import type { Member } from '../../domain/member.ts';
import type { Queryable } from '../../ports/transaction.ts';
import { prepared } from '../prepared.ts';
import { amphorae } from './amphora.ts';
import { healthMonitors } from './health-monitor.ts';
import { l7PolicyRows } from './l7-policy.ts';
import { l7Rules } from './l7-rule.ts';
import { listeners } from './listener.ts';
import { type LoadBalancerRow, loadBalancerRows, toLoadBalancer } from './load-balancer.ts';
import { members } from './member.ts';
import { pools } from './pool.ts';

interface Root extends LoadBalancerRow {
  readonly hasListeners: boolean;
  readonly hasPools: boolean;
}

const ROOT = prepared(`
  select ${loadBalancerRows.select('t')},
    exists (select from listener where load_balancer_id = t.id) as "hasListeners",
    exists (select from pool where load_balancer_id = t.id) as "hasPools"
  from load_balancer t where t.id = $1`);

/**
 * A load balancer with all below it, as stored; null when there is none. Amphorae include those marked DELETED.
 * One connection runs the queries one after the other: inside a transaction they see one picture.
 */
export async function findLoadBalancerTree(
  db: Queryable,
  id: string,
): Promise<LoadBalancerTree | null> {
  // What is not there is not asked for: flows read the tree again and again, mostly before there is much of it.
  const found = (await db.query<Root>(ROOT, [id])).rows[0];
  if (found === undefined) return null;
  const { hasListeners, hasPools, ...row } = found;
  const loadBalancer = toLoadBalancer(row);
  const ownListeners = hasListeners ? await listeners.findBy(db, 'loadBalancerId', id) : [];
  const ownPools = hasPools ? await pools.findBy(db, 'loadBalancerId', id) : [];
  const ownMembers = ownPools.length === 0 ? [] : await findMembers(db, id);
  const ownMonitors = ownPools.length === 0 ? [] : await findMonitors(db, id);
  const ownPolicies = ownListeners.length === 0 ? [] : await findL7PolicyTrees(db, id);
  const ownAmphorae = await amphorae.findBy(db, 'loadBalancerId', id);
  const membersOf = Map.groupBy(ownMembers, (member) => member.poolId);
  const policiesOf = Map.groupBy(ownPolicies, (policy) => policy.listenerId);
  const monitorOf = new Map(ownMonitors.map((monitor) => [monitor.poolId, monitor]));
  return {
    ...loadBalancer,
    listeners: ownListeners.map((listener) => ({
      ...listener,
      l7Policies: policiesOf.get(listener.id) ?? [],
    })),
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

const OF_POOLS = `where t.pool_id in (select id from pool where load_balancer_id = $1) order by t.created_at, t.id`;

async function findMembers(db: Queryable, loadBalancerId: string): Promise<readonly Member[]> {
  const text = prepared(`select ${members.select('t')} from member t ${OF_POOLS}`);
  return (await db.query<Member>(text, [loadBalancerId])).rows;
}

async function findMonitors(
  db: Queryable,
  loadBalancerId: string,
): Promise<readonly HealthMonitor[]> {
  const text = prepared(`select ${healthMonitors.select('t')} from health_monitor t ${OF_POOLS}`);
  return (await db.query<HealthMonitor>(text, [loadBalancerId])).rows;
}

/** By position. Most load balancers have none: then their rules are not asked for. */
async function findL7PolicyTrees(
  db: Queryable,
  loadBalancerId: string,
): Promise<readonly L7PolicyTree[]> {
  const policies = await db.query<L7Policy>(
    prepared(
      `select ${l7PolicyRows.select('t')} from l7_policy t
       where t.listener_id in (select id from listener where load_balancer_id = $1) order by t.position`,
    ),
    [loadBalancerId],
  );
  if (policies.rows.length === 0) return [];
  const rules = await db.query<L7Rule>(
    `select ${l7Rules.select('t')} from l7_rule t where t.l7_policy_id = any($1) order by t.created_at, t.id`,
    [policies.rows.map((policy) => policy.id)],
  );
  const rulesOf = Map.groupBy(rules.rows, (rule) => rule.l7PolicyId);
  return policies.rows.map((policy) => ({ ...policy, rules: rulesOf.get(policy.id) ?? [] }));
}
