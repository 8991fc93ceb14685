import type { OperatingStatus, ProvisioningStatus } from './status.ts';
import type { AdditionalVip, Vip } from './vip.ts';

export const Topology = { Single: 'SINGLE', ActiveStandby: 'ACTIVE_STANDBY' } as const;
export type Topology = (typeof Topology)[keyof typeof Topology];

export interface LoadBalancer {
  readonly id: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly topology: Topology;
  /** As the user chose it: `octavia` stays `octavia`. */
  readonly provider: string | null;
  readonly flavorId: string | null;
  readonly availabilityZone: string | null;
  readonly vip: Vip;
  readonly additionalVips: readonly AdditionalVip[];
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}
