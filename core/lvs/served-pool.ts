import type { HealthMonitor } from '../domain/health-monitor.ts';
import { type Listener, transportOf } from '../domain/listener.ts';
import type { ListenerTree, LoadBalancerTree, PoolTree } from '../domain/load-balancer-tree.ts';
import type { Member } from '../domain/member.ts';
import { isLeaving } from '../domain/status.ts';

/** What LVS shall serve of a load balancer. */

/** The listeners of UDP and SCTP, those that are leaving too. */
export function lvsListeners(tree: LoadBalancerTree): readonly ListenerTree[] {
  return tree.listeners.filter((listener) => transportOf(listener.protocol) !== 'TCP');
}

/** Null when the listener sends nothing anywhere: it or its load balancer is switched off, or it has no pool. */
export function servedPool(tree: LoadBalancerTree, listener: Listener): PoolTree | null {
  if (!tree.isEnabled || !listener.isEnabled) return null;
  const pool = tree.pools.find(({ id }) => id === listener.defaultPoolId);
  return pool === undefined || isLeaving(pool) ? null : pool;
}

/** Those of a pool that is switched off are left out. */
export function membersOf(pool: PoolTree): readonly Member[] {
  return pool.isEnabled ? pool.members.filter((member) => !isLeaving(member)) : [];
}

export function monitorOf(pool: PoolTree): HealthMonitor | null {
  const monitor = pool.healthMonitor;
  return monitor?.isEnabled && !isLeaving(monitor) ? monitor : null;
}
