import { randomUUID } from 'node:crypto';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { L7PolicyTree, ListenerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import {
  PLAIN_LISTENER,
  PLAIN_MEMBER,
  PLAIN_MONITOR,
  PLAIN_POLICY,
  PLAIN_POOL,
  PLAIN_RULE,
} from '#core/domain/testing/plain-objects.ts';

/** Objects of a load balancer as the API stores them when a tenant leaves everything open that may be left open. */

const PROJECT = 'p0000000000000000000000000000000';
const COMMON = {
  projectId: PROJECT,
  name: null,
  description: null,
  isEnabled: true,
  provisioningStatus: 'ACTIVE',
  operatingStatus: 'ONLINE',
  tags: [],
  createdAt: new Date(0),
  updatedAt: null,
} as const;

export function listenerOf(
  loadBalancerId: string,
  protocolPort: number,
  changes: Partial<Listener> = {},
  l7Policies: readonly L7PolicyTree[] = [],
): ListenerTree {
  return {
    ...COMMON,
    id: randomUUID(),
    loadBalancerId,
    ...PLAIN_LISTENER,
    protocolPort,
    l7Policies,
    ...changes,
  };
}

export function poolOf(
  loadBalancerId: string,
  members: readonly Member[],
  changes: Partial<Pool> = {},
  healthMonitor: HealthMonitor | null = null,
): PoolTree {
  return {
    ...COMMON,
    id: randomUUID(),
    loadBalancerId,
    ...PLAIN_POOL,
    members,
    healthMonitor,
    ...changes,
  };
}

export function memberOf(
  address: string,
  protocolPort: number,
  changes: Partial<Member> = {},
): Member {
  return {
    ...COMMON,
    id: randomUUID(),
    poolId: randomUUID(),
    address,
    protocolPort,
    ...PLAIN_MEMBER,
    ...changes,
  };
}

/** Quick to find out: a check a second, and one is enough. */
export function monitorOf(changes: Partial<HealthMonitor>): HealthMonitor {
  return {
    ...COMMON,
    id: randomUUID(),
    poolId: randomUUID(),
    ...PLAIN_MONITOR,
    delaySeconds: 1,
    timeoutSeconds: 1,
    maxRetries: 1,
    maxRetriesDown: 1,
    ...changes,
  };
}

export function policyOf(
  changes: Partial<L7Policy>,
  rules: readonly Partial<L7Rule>[],
): L7PolicyTree {
  const id = randomUUID();
  return {
    ...COMMON,
    id,
    listenerId: randomUUID(),
    ...PLAIN_POLICY,
    rules: rules.map((rule) => ruleOf(id, rule)),
    ...changes,
  };
}

function ruleOf(l7PolicyId: string, changes: Partial<L7Rule>): L7Rule {
  return {
    ...COMMON,
    id: randomUUID(),
    l7PolicyId,
    ...PLAIN_RULE,
    ...changes,
  };
}
