import { Topology } from './load-balancer.ts';
import { AmphoraStatus } from './status.ts';

export const AmphoraRole = {
  Master: 'MASTER',
  Backup: 'BACKUP',
  Standalone: 'STANDALONE',
} as const;
export type AmphoraRole = (typeof AmphoraRole)[keyof typeof AmphoraRole];

/** Who announces the VIP at first; whoever does later keeps it. */
export const VRRP_PRIORITIES: Readonly<Record<AmphoraRole, number | null>> = {
  MASTER: 100,
  BACKUP: 90,
  STANDALONE: null,
};

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

/** It holds a place of its load balancer's, even if it is silent and nothing replaces it for now. */
export function isInPlace({ status }: Pick<Amphora, 'status'>): boolean {
  return status === AmphoraStatus.Allocated || status === AmphoraStatus.FailoverStopped;
}

/** The roles that nobody has among those that stay: as many as amphorae are missing. */
export function missingRoles(
  topology: Topology,
  staying: readonly Pick<Amphora, 'role'>[],
): readonly AmphoraRole[] {
  const wanted = ROLES[topology];
  const taken = staying.map(({ role }) => role);
  const free = wanted.filter((role) => !taken.includes(role));
  return free.slice(0, Math.max(0, wanted.length - staying.length));
}

const ROLES: Readonly<Record<Topology, readonly AmphoraRole[]>> = {
  [Topology.Single]: [AmphoraRole.Standalone],
  [Topology.ActiveStandby]: [AmphoraRole.Master, AmphoraRole.Backup],
};
