import type { OperatingStatus, ProvisioningStatus } from './status.ts';

export interface Member {
  readonly id: string;
  readonly projectId: string;
  readonly poolId: string;
  readonly name: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  /** As the user spelt it. */
  readonly address: string;
  readonly protocolPort: number;
  readonly weight: number | null;
  readonly isBackup: boolean;
  readonly subnetId: string | null;
  readonly monitorAddress: string | null;
  readonly monitorPort: number | null;
  readonly vnicType: 'normal' | 'direct';
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}
