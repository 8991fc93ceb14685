import type { Amphora } from './amphora.ts';
import type { HealthMonitor } from './health-monitor.ts';
import type { L7Policy } from './l7-policy.ts';
import type { L7Rule } from './l7-rule.ts';
import type { Listener } from './listener.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { Member } from './member.ts';
import type { Pool } from './pool.ts';

export interface PoolTree extends Pool {
  readonly members: readonly Member[];
  readonly healthMonitor: HealthMonitor | null;
}

export interface L7PolicyTree extends L7Policy {
  readonly rules: readonly L7Rule[];
}

export interface ListenerTree extends Listener {
  /** By position. */
  readonly l7Policies: readonly L7PolicyTree[];
}

/** A load balancer with all that hangs below it, in stored order (created_at, id). */
export interface LoadBalancerTree extends LoadBalancer {
  readonly listeners: readonly ListenerTree[];
  readonly pools: readonly PoolTree[];
  readonly amphorae: readonly Amphora[];
}

/** The pools a listener uses: its default pool, then those its enabled policies with at least one rule redirect to; each once. */
export function poolIdsUsedBy(listener: ListenerTree): readonly string[] {
  const redirects = listener.l7Policies
    .filter((policy) => policy.isEnabled && policy.rules.length > 0)
    .map((policy) => policy.redirectPoolId);
  return [...new Set([listener.defaultPoolId, ...redirects])].filter((id) => id !== null);
}
