import type { AmphoraStatus } from './status.ts';

export const AmphoraRole = {
  Master: 'MASTER',
  Backup: 'BACKUP',
  Standalone: 'STANDALONE',
} as const;
export type AmphoraRole = (typeof AmphoraRole)[keyof typeof AmphoraRole];

/** One machine that carries a load balancer's traffic. */
export interface Amphora {
  readonly id: string;
  readonly loadBalancerId: string | null;
  readonly status: AmphoraStatus;
  readonly role: AmphoraRole | null;
  /** The compute service's id of the machine. */
  readonly computeId: string | null;
  /** Where its agent listens, on the LB network. */
  readonly lbNetworkIp: string | null;
  /** Its own address on the VIP network. */
  readonly vrrpIp: string | null;
  readonly vrrpPortId: string | null;
  readonly haIp: string | null;
  readonly haPortId: string | null;
  readonly vrrpInterface: string | null;
  readonly vrrpId: number | null;
  readonly vrrpPriority: number | null;
  readonly certExpiration: Date | null;
  readonly isCertBusy: boolean;
  readonly cachedZone: string | null;
  readonly imageId: string | null;
  readonly computeFlavor: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}
