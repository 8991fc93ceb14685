/** Life of an object as the controller sees it. A load balancer in a PENDING_* state is locked: one operation at a time. */
export const ProvisioningStatus = {
  Active: 'ACTIVE',
  PendingCreate: 'PENDING_CREATE',
  PendingUpdate: 'PENDING_UPDATE',
  PendingDelete: 'PENDING_DELETE',
  Error: 'ERROR',
  Deleted: 'DELETED',
} as const;
export type ProvisioningStatus = (typeof ProvisioningStatus)[keyof typeof ProvisioningStatus];

/** Health of an object as the data plane reports it. */
export const OperatingStatus = {
  Online: 'ONLINE',
  Offline: 'OFFLINE',
  Degraded: 'DEGRADED',
  Error: 'ERROR',
  Draining: 'DRAINING',
  NoMonitor: 'NO_MONITOR',
} as const;
export type OperatingStatus = (typeof OperatingStatus)[keyof typeof OperatingStatus];

/** Life of an amphora. FAILOVER_STOPPED: stale, but the circuit breaker refused to replace it. */
export const AmphoraStatus = {
  PendingCreate: 'PENDING_CREATE',
  Booting: 'BOOTING',
  Allocated: 'ALLOCATED',
  PendingDelete: 'PENDING_DELETE',
  Deleted: 'DELETED',
  Error: 'ERROR',
  FailoverStopped: 'FAILOVER_STOPPED',
} as const;
export type AmphoraStatus = (typeof AmphoraStatus)[keyof typeof AmphoraStatus];

/** Create and update of anything below a load balancer need it in one of these. */
export const MUTABLE: readonly ProvisioningStatus[] = [ProvisioningStatus.Active];
export const DELETABLE: readonly ProvisioningStatus[] = [
  ProvisioningStatus.Active,
  ProvisioningStatus.Error,
];
export const FAILOVERABLE: readonly ProvisioningStatus[] = [
  ProvisioningStatus.Active,
  ProvisioningStatus.Error,
];

/** Whether an object is being deleted, or is: nobody is to be served by it any more. */
export function isLeaving(object: { readonly provisioningStatus: ProvisioningStatus }): boolean {
  const { provisioningStatus: status } = object;
  return status === ProvisioningStatus.PendingDelete || status === ProvisioningStatus.Deleted;
}

export function isPending(status: ProvisioningStatus): boolean {
  return status.startsWith('PENDING_');
}
