import type { HealthMonitor } from '../health-monitor.ts';
import type { L7Policy } from '../l7-policy.ts';
import type { L7Rule } from '../l7-rule.ts';
import type { Listener } from '../listener.ts';
import type { Member } from '../member.ts';
import type { Pool } from '../pool.ts';

/** What the API stores of an object when a tenant leaves open what may be left open; ids, owners and statuses are the test's. */

export const PLAIN_LISTENER = {
  protocol: 'HTTP',
  protocolPort: 80,
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
} satisfies Partial<Listener>;

export const PLAIN_POOL = {
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
} satisfies Partial<Pool>;

export const PLAIN_MEMBER = {
  weight: 1,
  isBackup: false,
  subnetId: null,
  monitorAddress: null,
  monitorPort: null,
  vnicType: 'normal',
} satisfies Partial<Member>;

export const PLAIN_MONITOR = {
  type: 'HTTP',
  httpMethod: 'GET',
  urlPath: '/',
  expectedCodes: '200',
  httpVersion: null,
  domainName: null,
} satisfies Partial<HealthMonitor>;

export const PLAIN_POLICY = {
  action: 'REJECT',
  redirectPoolId: null,
  redirectUrl: null,
  redirectPrefix: null,
  redirectHttpCode: null,
  position: 1,
} satisfies Partial<L7Policy>;

export const PLAIN_RULE = {
  type: 'PATH',
  compareType: 'EQUAL_TO',
  key: null,
  value: '/',
  isInverted: false,
} satisfies Partial<L7Rule>;
