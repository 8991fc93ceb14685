import type { OperatingStatus, ProvisioningStatus } from './status.ts';

export const HealthMonitorType = {
  Http: 'HTTP',
  Https: 'HTTPS',
  Ping: 'PING',
  Tcp: 'TCP',
  TlsHello: 'TLS-HELLO',
  UdpConnect: 'UDP-CONNECT',
  Sctp: 'SCTP',
} as const;
export type HealthMonitorType = (typeof HealthMonitorType)[keyof typeof HealthMonitorType];

export interface HealthMonitor {
  readonly id: string;
  readonly projectId: string;
  readonly poolId: string;
  readonly name: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly type: HealthMonitorType;
  readonly delaySeconds: number;
  readonly timeoutSeconds: number;
  /** Checks in a row that must pass before a member is up: the API's `max_retries`, HAProxy's `rise`. */
  readonly maxRetries: number;
  /** Checks in a row that must fail before a member is down: `max_retries_down`, `fall`. */
  readonly maxRetriesDown: number;
  readonly httpMethod: string | null;
  readonly urlPath: string | null;
  readonly expectedCodes: string | null;
  readonly httpVersion: number | null;
  readonly domainName: string | null;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}
