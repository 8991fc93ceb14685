import type { ListenerProtocol } from './listener.ts';
import type { OperatingStatus, ProvisioningStatus } from './status.ts';

export const PoolProtocol = {
  Tcp: 'TCP',
  Http: 'HTTP',
  Https: 'HTTPS',
  Proxy: 'PROXY',
  ProxyV2: 'PROXYV2',
  Udp: 'UDP',
  Sctp: 'SCTP',
} as const;
export type PoolProtocol = (typeof PoolProtocol)[keyof typeof PoolProtocol];

export const LbAlgorithm = {
  RoundRobin: 'ROUND_ROBIN',
  LeastConnections: 'LEAST_CONNECTIONS',
  SourceIp: 'SOURCE_IP',
  SourceIpPort: 'SOURCE_IP_PORT',
} as const;
export type LbAlgorithm = (typeof LbAlgorithm)[keyof typeof LbAlgorithm];

export const SessionPersistenceType = {
  SourceIp: 'SOURCE_IP',
  HttpCookie: 'HTTP_COOKIE',
  AppCookie: 'APP_COOKIE',
} as const;
export type SessionPersistenceType =
  (typeof SessionPersistenceType)[keyof typeof SessionPersistenceType];

export interface SessionPersistence {
  readonly type: SessionPersistenceType;
  readonly cookieName: string | null;
  /** UDP and SCTP pools only. */
  readonly persistenceTimeoutSeconds: number | null;
  /** A netmask; UDP and SCTP pools only. */
  readonly persistenceGranularity: string | null;
}

export interface Pool {
  readonly id: string;
  readonly projectId: string;
  readonly loadBalancerId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly protocol: PoolProtocol;
  readonly lbAlgorithm: LbAlgorithm;
  readonly sessionPersistence: SessionPersistence | null;
  readonly tlsEnabled: boolean;
  readonly tlsContainerRef: string | null;
  readonly caTlsContainerRef: string | null;
  readonly crlContainerRef: string | null;
  readonly tlsCiphers: string | null;
  readonly tlsVersions: readonly string[] | null;
  readonly alpnProtocols: readonly string[] | null;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

const POOL_PROTOCOLS: Readonly<Record<ListenerProtocol, readonly PoolProtocol[]>> = {
  TCP: ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2'],
  HTTP: ['HTTP', 'PROXY', 'PROXYV2'],
  HTTPS: ['TCP', 'HTTPS', 'PROXY', 'PROXYV2'],
  TERMINATED_HTTPS: ['HTTP', 'PROXY', 'PROXYV2'],
  UDP: ['UDP'],
  SCTP: ['SCTP'],
  PROMETHEUS: [],
};

/** Whether a listener may send its traffic to a pool of that protocol. */
export function canServe(listener: ListenerProtocol, pool: PoolProtocol): boolean {
  return POOL_PROTOCOLS[listener].includes(pool);
}
