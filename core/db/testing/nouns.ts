import { randomUUID } from 'node:crypto';
import type { Amphora } from '../../domain/amphora.ts';
import type { HealthMonitor } from '../../domain/health-monitor.ts';
import type { L7Policy } from '../../domain/l7-policy.ts';
import type { L7Rule } from '../../domain/l7-rule.ts';
import type { Listener } from '../../domain/listener.ts';
import type { LoadBalancer } from '../../domain/load-balancer.ts';
import type { Member } from '../../domain/member.ts';
import type { Pool } from '../../domain/pool.ts';

// One of each noun for tests, with a value in every field that can have one; the test says what matters to it.

const CREATED = new Date('2026-01-02T03:04:05Z');
const owned = () =>
  ({
    id: randomUUID(),
    projectId: 'project',
    name: 'web',
    isEnabled: true,
    provisioningStatus: 'ACTIVE',
    operatingStatus: 'ONLINE',
    tags: ['a', 'b'],
    createdAt: CREATED,
    updatedAt: null,
  }) as const;

export function aLoadBalancer(own: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    ...owned(),
    description: 'front',
    topology: 'SINGLE',
    provider: 'amphora',
    flavorId: randomUUID(),
    availabilityZone: 'az1',
    vip: {
      address: '10.0.0.9',
      subnetId: randomUUID(),
      networkId: randomUUID(),
      portId: randomUUID(),
      qosPolicyId: randomUUID(),
      securityGroupIds: [randomUUID(), randomUUID()],
      vnicType: 'normal',
      isOctaviaOwned: true,
    },
    additionalVips: [
      { subnetId: randomUUID(), ipAddress: '10.1.0.9', portId: null, networkId: null },
    ],
    ...own,
  };
}

export function aListener(loadBalancerId: string, own: Partial<Listener> = {}): Listener {
  return {
    ...owned(),
    loadBalancerId,
    description: 'https',
    protocol: 'TERMINATED_HTTPS',
    protocolPort: 443,
    connectionLimit: -1,
    defaultPoolId: null,
    defaultTlsContainerRef: 'secret://tls',
    sniContainerRefs: ['secret://sni-1', 'secret://sni-2'],
    clientCaTlsContainerRef: 'secret://ca',
    clientCrlContainerRef: 'secret://crl',
    clientAuthentication: 'OPTIONAL',
    insertHeaders: { 'X-Forwarded-For': 'true' },
    timeoutClientDataMs: 50_000,
    timeoutMemberConnectMs: 5000,
    timeoutMemberDataMs: 50_000,
    timeoutTcpInspectMs: 0,
    allowedCidrs: ['10.0.0.0/8', '2001:db8::/32'],
    tlsCiphers: 'TLS_AES_256_GCM_SHA384',
    tlsVersions: ['TLSv1.2', 'TLSv1.3'],
    alpnProtocols: ['h2'],
    hstsMaxAgeSeconds: 31_536_000,
    hstsIncludeSubdomains: true,
    hstsPreload: true,
    ...own,
  };
}

export function aPool(loadBalancerId: string, own: Partial<Pool> = {}): Pool {
  return {
    ...owned(),
    loadBalancerId,
    description: 'back',
    protocol: 'HTTP',
    lbAlgorithm: 'ROUND_ROBIN',
    sessionPersistence: {
      type: 'APP_COOKIE',
      cookieName: 'id',
      persistenceTimeoutSeconds: null,
      persistenceGranularity: null,
    },
    tlsEnabled: true,
    tlsContainerRef: 'secret://pool-tls',
    caTlsContainerRef: 'secret://pool-ca',
    crlContainerRef: 'secret://pool-crl',
    tlsCiphers: 'TLS_AES_256_GCM_SHA384',
    tlsVersions: ['TLSv1.3'],
    alpnProtocols: ['http/1.1'],
    ...own,
  };
}

export function aMember(poolId: string, own: Partial<Member> = {}): Member {
  return {
    ...owned(),
    poolId,
    address: '10.0.0.21',
    protocolPort: 8080,
    weight: 1,
    isBackup: true,
    subnetId: randomUUID(),
    monitorAddress: '10.0.0.22',
    monitorPort: 8081,
    vnicType: 'normal',
    ...own,
  };
}

export function aHealthMonitor(poolId: string, own: Partial<HealthMonitor> = {}): HealthMonitor {
  return {
    ...owned(),
    poolId,
    type: 'HTTP',
    delaySeconds: 5,
    timeoutSeconds: 3,
    maxRetries: 2,
    maxRetriesDown: 3,
    httpMethod: 'GET',
    urlPath: '/alive',
    expectedCodes: '200,204',
    httpVersion: 1.1,
    domainName: 'example.org',
    ...own,
  };
}

export function anL7Policy(listenerId: string, own: Partial<L7Policy> = {}): L7Policy {
  return {
    ...owned(),
    listenerId,
    description: 'to the app',
    action: 'REDIRECT_TO_URL',
    redirectPoolId: null,
    redirectUrl: 'http://example.org/app',
    redirectPrefix: 'http://example.org',
    redirectHttpCode: 307,
    position: 1,
    ...own,
  };
}

export function anL7Rule(l7PolicyId: string, own: Partial<L7Rule> = {}): L7Rule {
  const { name: _, ...unnamed } = owned();
  return {
    ...unnamed,
    l7PolicyId,
    type: 'HEADER',
    compareType: 'REGEX',
    key: 'X-App',
    value: '^app "1"',
    isInverted: true,
    ...own,
  };
}

export function anAmphora(own: Partial<Amphora> = {}): Amphora {
  return {
    id: randomUUID(),
    loadBalancerId: null,
    status: 'ALLOCATED',
    role: 'STANDALONE',
    computeId: 'machine-1',
    lbNetworkIp: '172.30.0.7',
    vrrpIp: '10.0.0.7',
    vrrpPortId: randomUUID(),
    haIp: '10.0.0.9',
    haPortId: randomUUID(),
    vrrpInterface: 'eth1',
    vrrpId: 1,
    vrrpPriority: 100,
    certExpiration: new Date('2026-02-02T03:04:05Z'),
    isCertBusy: false,
    cachedZone: 'nova',
    imageId: 'image',
    computeFlavor: 'small',
    createdAt: CREATED,
    updatedAt: null,
    ...own,
  };
}
