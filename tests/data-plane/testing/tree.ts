import { randomUUID } from 'node:crypto';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { L7PolicyTree, ListenerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';

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
    protocol: 'HTTP',
    protocolPort,
    connectionLimit: -1,
    defaultPoolId: null,
    defaultTlsContainerRef: null,
    sniContainerRefs: [],
    clientCaTlsContainerRef: null,
    clientCrlContainerRef: null,
    clientAuthentication: 'NONE',
    insertHeaders: {},
    timeoutClientDataMs: 50_000,
    timeoutMemberConnectMs: 5000,
    timeoutMemberDataMs: 50_000,
    timeoutTcpInspectMs: 0,
    allowedCidrs: [],
    tlsCiphers: null,
    tlsVersions: null,
    alpnProtocols: null,
    hstsMaxAgeSeconds: null,
    hstsIncludeSubdomains: false,
    hstsPreload: false,
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
    protocol: 'HTTP',
    lbAlgorithm: 'ROUND_ROBIN',
    sessionPersistence: null,
    tlsEnabled: false,
    tlsContainerRef: null,
    caTlsContainerRef: null,
    crlContainerRef: null,
    tlsCiphers: null,
    tlsVersions: null,
    alpnProtocols: null,
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
    weight: 1,
    isBackup: false,
    subnetId: null,
    monitorAddress: null,
    monitorPort: null,
    vnicType: 'normal',
    ...changes,
  };
}

/** Quick to find out: a check a second, and one is enough. */
export function monitorOf(changes: Partial<HealthMonitor>): HealthMonitor {
  return {
    ...COMMON,
    id: randomUUID(),
    poolId: randomUUID(),
    type: 'HTTP',
    delaySeconds: 1,
    timeoutSeconds: 1,
    maxRetries: 1,
    maxRetriesDown: 1,
    httpMethod: 'GET',
    urlPath: '/',
    expectedCodes: '200',
    httpVersion: null,
    domainName: null,
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
    action: 'REJECT',
    redirectPoolId: null,
    redirectUrl: null,
    redirectPrefix: null,
    redirectHttpCode: null,
    position: 1,
    rules: rules.map((rule) => ruleOf(id, rule)),
    ...changes,
  };
}

function ruleOf(l7PolicyId: string, changes: Partial<L7Rule>): L7Rule {
  return {
    ...COMMON,
    id: randomUUID(),
    l7PolicyId,
    type: 'PATH',
    compareType: 'EQUAL_TO',
    key: null,
    value: '/',
    isInverted: false,
    ...changes,
  };
}
