import { randomUUID } from 'node:crypto';
import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import type { Listener } from '#core/domain/listener.ts';
import { type LoadBalancer, Topology } from '#core/domain/load-balancer.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import type { ProvisioningStatus } from '#core/domain/status.ts';
import {
  PLAIN_LISTENER,
  PLAIN_MEMBER,
  PLAIN_MONITOR,
  PLAIN_POLICY,
  PLAIN_POOL,
  PLAIN_RULE,
} from '#core/domain/testing/plain-objects.ts';
import type { Transaction } from '#core/ports/transaction.ts';

/** The ids of a load balancer with one of everything below it. */
export interface Family {
  readonly loadBalancerId: string;
  readonly projectId: string;
  readonly listenerId: string;
  readonly poolId: string;
  readonly memberId: string;
  readonly healthMonitorId: string;
  readonly l7PolicyId: string;
  readonly l7RuleId: string;
  readonly topology: Topology;
}

export function newFamily(topology: Topology = Topology.Single): Family {
  return {
    loadBalancerId: randomUUID(),
    projectId: randomUUID().replaceAll('-', ''),
    listenerId: randomUUID(),
    poolId: randomUUID(),
    memberId: randomUUID(),
    healthMonitorId: randomUUID(),
    l7PolicyId: randomUUID(),
    l7RuleId: randomUUID(),
    topology,
  };
}

/** Stores it as the API would, all in one provisioning status, with its places in the quota taken. */
export async function insertFamily(
  tx: Transaction,
  family: Family,
  provisioningStatus: ProvisioningStatus,
): Promise<void> {
  await loadBalancers.insert(tx, loadBalancer(family, provisioningStatus));
  await pools.insert(tx, pool(family, provisioningStatus));
  await listeners.insert(tx, listener(family, provisioningStatus));
  await members.insert(tx, member(family, provisioningStatus));
  await healthMonitors.insert(tx, healthMonitor(family, provisioningStatus));
  await l7Policies.insert(tx, l7Policy(family, provisioningStatus));
  await l7Rules.insert(tx, l7Rule(family, provisioningStatus));
  await tx.query(
    `insert into quota (project_id, load_balancer_in_use, listener_in_use, pool_in_use, member_in_use,
       health_monitor_in_use, l7_policy_in_use, l7_rule_in_use)
     values ($1, 1, 1, 1, 1, 1, 1, 1)`,
    [family.projectId],
  );
}

const shared = (projectId: string, provisioningStatus: ProvisioningStatus) => ({
  projectId,
  name: '',
  isEnabled: true,
  provisioningStatus,
  operatingStatus: 'OFFLINE' as const,
  tags: [],
  createdAt: new Date('2026-01-02T03:04:05Z'),
  updatedAt: null,
});

function loadBalancer(family: Family, status: ProvisioningStatus): LoadBalancer {
  return {
    ...shared(family.projectId, status),
    id: family.loadBalancerId,
    description: '',
    topology: family.topology,
    provider: 'amphora',
    flavorId: null,
    availabilityZone: null,
    vip: {
      address: null,
      subnetId: randomUUID(),
      networkId: null,
      portId: null,
      qosPolicyId: null,
      securityGroupIds: [],
      vnicType: 'normal',
      isOctaviaOwned: false,
    },
    additionalVips: [],
  };
}

function listener(family: Family, status: ProvisioningStatus): Listener {
  return {
    ...shared(family.projectId, status),
    id: family.listenerId,
    loadBalancerId: family.loadBalancerId,
    description: '',
    ...PLAIN_LISTENER,
    defaultPoolId: family.poolId,
  };
}

function pool(family: Family, status: ProvisioningStatus): Pool {
  return {
    ...shared(family.projectId, status),
    id: family.poolId,
    loadBalancerId: family.loadBalancerId,
    description: '',
    ...PLAIN_POOL,
  };
}

/** On a network of its own, so that amphorae need a port there. */
function member(family: Family, status: ProvisioningStatus): Member {
  return {
    ...shared(family.projectId, status),
    id: family.memberId,
    poolId: family.poolId,
    ...PLAIN_MEMBER,
    address: '192.0.2.10',
    protocolPort: 8080,
    subnetId: randomUUID(),
  };
}

function healthMonitor(family: Family, status: ProvisioningStatus): HealthMonitor {
  return {
    ...shared(family.projectId, status),
    id: family.healthMonitorId,
    poolId: family.poolId,
    ...PLAIN_MONITOR,
    delaySeconds: 5,
    timeoutSeconds: 3,
    maxRetries: 3,
    maxRetriesDown: 3,
    httpVersion: 1.0,
  };
}

function l7Policy(family: Family, status: ProvisioningStatus): L7Policy {
  return {
    ...shared(family.projectId, status),
    id: family.l7PolicyId,
    listenerId: family.listenerId,
    description: '',
    ...PLAIN_POLICY,
  };
}

function l7Rule(family: Family, status: ProvisioningStatus): L7Rule {
  const { name: _, ...unnamed } = shared(family.projectId, status);
  return {
    ...unnamed,
    id: family.l7RuleId,
    l7PolicyId: family.l7PolicyId,
    ...PLAIN_RULE,
    compareType: 'STARTS_WITH',
    value: '/secret',
  };
}
