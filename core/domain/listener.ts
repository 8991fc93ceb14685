import type { OperatingStatus, ProvisioningStatus } from './status.ts';

export const ListenerProtocol = {
  Tcp: 'TCP',
  Http: 'HTTP',
  Https: 'HTTPS',
  TerminatedHttps: 'TERMINATED_HTTPS',
  Udp: 'UDP',
  Sctp: 'SCTP',
  Prometheus: 'PROMETHEUS',
} as const;
export type ListenerProtocol = (typeof ListenerProtocol)[keyof typeof ListenerProtocol];

export const ClientAuthentication = {
  None: 'NONE',
  Optional: 'OPTIONAL',
  Mandatory: 'MANDATORY',
} as const;
export type ClientAuthentication = (typeof ClientAuthentication)[keyof typeof ClientAuthentication];

export interface Listener {
  readonly id: string;
  readonly projectId: string;
  readonly loadBalancerId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly protocol: ListenerProtocol;
  readonly protocolPort: number;
  /** -1 and null: no limit of the tenant's; the deployment's default applies. */
  readonly connectionLimit: number | null;
  readonly defaultPoolId: string | null;
  readonly defaultTlsContainerRef: string | null;
  readonly sniContainerRefs: readonly string[];
  readonly clientCaTlsContainerRef: string | null;
  readonly clientCrlContainerRef: string | null;
  readonly clientAuthentication: ClientAuthentication;
  readonly insertHeaders: Readonly<Record<string, string>>;
  readonly timeoutClientDataMs: number;
  readonly timeoutMemberConnectMs: number;
  readonly timeoutMemberDataMs: number;
  readonly timeoutTcpInspectMs: number;
  readonly allowedCidrs: readonly string[];
  readonly tlsCiphers: string | null;
  readonly tlsVersions: readonly string[] | null;
  readonly alpnProtocols: readonly string[] | null;
  readonly hstsMaxAgeSeconds: number | null;
  readonly hstsIncludeSubdomains: boolean;
  readonly hstsPreload: boolean;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

/** The transport a listener occupies: two listeners of one load balancer may share a port only when these differ. */
export function transportOf(protocol: ListenerProtocol): 'TCP' | 'UDP' | 'SCTP' {
  return protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP';
}
