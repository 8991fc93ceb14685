import type { HealthMonitor } from '../domain/health-monitor.ts';
import { transportOf } from '../domain/listener.ts';
import {
  type L7PolicyTree,
  type ListenerTree,
  type LoadBalancerTree,
  type PoolTree,
  poolIdsUsedBy,
} from '../domain/load-balancer-tree.ts';
import { isLeaving } from '../domain/status.ts';

/** What HAProxy shall serve of a load balancer: nothing that is being deleted, nothing that LVS serves. */

/** The listeners that exist for HAProxy, disabled ones too. With none left the amphora needs no HAProxy at all. */
export function haproxyListeners(tree: LoadBalancerTree): readonly ListenerTree[] {
  return tree.listeners.filter(
    (listener) => !isLeaving(listener) && transportOf(listener.protocol) === 'TCP',
  );
}

export function servedListeners(tree: LoadBalancerTree): readonly ListenerTree[] {
  return haproxyListeners(tree).filter((listener) => listener.isEnabled);
}

export function withoutListeners(
  tree: LoadBalancerTree,
  ids: ReadonlySet<string>,
): LoadBalancerTree {
  return { ...tree, listeners: tree.listeners.filter(({ id }) => !ids.has(id)) };
}

/** The pools that a listener sends traffic to: default pool first, each once. */
export function servedPools(tree: LoadBalancerTree, listener: ListenerTree): readonly PoolTree[] {
  return usedPools(tree, listener).filter((pool) => pool.isEnabled);
}

/** The same and those that are disabled. */
export function usedPools(tree: LoadBalancerTree, listener: ListenerTree): readonly PoolTree[] {
  return poolIdsUsedBy({ ...listener, l7Policies: policiesLeft(listener) })
    .map((id) => tree.pools.find((pool) => pool.id === id))
    .filter((pool) => pool !== undefined)
    .filter((pool) => !isLeaving(pool));
}

/** Null when there is none, it is disabled or being deleted. */
export function servedPool(tree: LoadBalancerTree, id: string | null): PoolTree | null {
  const pool = tree.pools.find((candidate) => candidate.id === id);
  return pool?.isEnabled && !isLeaving(pool) ? pool : null;
}

/** By position, each with the rules that count: a policy without any would match everything. */
export function servedPolicies(listener: ListenerTree): readonly L7PolicyTree[] {
  return policiesLeft(listener)
    .filter((policy) => policy.isEnabled)
    .map((policy) => ({
      ...policy,
      rules: policy.rules.filter((rule) => rule.isEnabled && !isLeaving(rule)),
    }))
    .filter((policy) => policy.rules.length > 0);
}

export function servedMonitor(pool: PoolTree): HealthMonitor | null {
  const monitor = pool.healthMonitor;
  return monitor?.isEnabled && !isLeaving(monitor) ? monitor : null;
}

function policiesLeft(listener: ListenerTree): readonly L7PolicyTree[] {
  return listener.l7Policies
    .filter((policy) => !isLeaving(policy))
    .toSorted((one, other) => one.position - other.position);
}
