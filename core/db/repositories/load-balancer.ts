import type { LoadBalancer } from '../../domain/load-balancer.ts';
import type { ProvisioningStatus } from '../../domain/status.ts';
import type { AdditionalVip, Vip } from '../../domain/vip.ts';
import type { Queryable, Transaction } from '../../ports/transaction.ts';
import { column, json, table } from '../table.ts';

/** The row: a load balancer with its VIP laid out flat. */
export interface LoadBalancerRow extends Omit<LoadBalancer, 'vip'> {
  readonly vipAddress: string | null;
  readonly vipSubnetId: string | null;
  readonly vipNetworkId: string | null;
  readonly vipPortId: string | null;
  readonly vipQosPolicyId: string | null;
  readonly vipSecurityGroupIds: readonly string[];
  readonly vipVnicType: Vip['vnicType'];
  readonly vipIsOctaviaOwned: boolean;
  readonly additionalVips: readonly AdditionalVip[];
}

export const loadBalancerRows = table<LoadBalancerRow>('load_balancer', {
  id: column('id'),
  projectId: column('project_id'),
  name: column('name'),
  description: column('description'),
  isEnabled: column('is_enabled'),
  provisioningStatus: column('provisioning_status'),
  operatingStatus: column('operating_status'),
  topology: column('topology'),
  provider: column('provider'),
  flavorId: column('flavor_id'),
  availabilityZone: column('availability_zone'),
  vipAddress: column('vip_address'),
  vipSubnetId: column('vip_subnet_id'),
  vipNetworkId: column('vip_network_id'),
  vipPortId: column('vip_port_id'),
  vipQosPolicyId: column('vip_qos_policy_id'),
  vipSecurityGroupIds: column('vip_security_group_ids', 'uuid[]'),
  vipVnicType: column('vip_vnic_type'),
  vipIsOctaviaOwned: column('vip_is_octavia_owned'),
  additionalVips: json('additional_vips'),
  tags: column('tags', 'text[]'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});

export function toLoadBalancer(row: LoadBalancerRow): LoadBalancer {
  const {
    vipAddress,
    vipSubnetId,
    vipNetworkId,
    vipPortId,
    vipQosPolicyId,
    vipSecurityGroupIds,
    vipVnicType,
    vipIsOctaviaOwned,
    ...rest
  } = row;
  return {
    ...rest,
    vip: {
      address: vipAddress,
      subnetId: vipSubnetId,
      networkId: vipNetworkId,
      portId: vipPortId,
      qosPolicyId: vipQosPolicyId,
      securityGroupIds: vipSecurityGroupIds,
      vnicType: vipVnicType,
      isOctaviaOwned: vipIsOctaviaOwned,
    },
  };
}

function toRow(changes: Partial<LoadBalancer>): Partial<LoadBalancerRow> {
  const { vip, ...rest } = changes;
  if (vip === undefined) return rest;
  return {
    ...rest,
    vipAddress: vip.address,
    vipSubnetId: vip.subnetId,
    vipNetworkId: vip.networkId,
    vipPortId: vip.portId,
    vipQosPolicyId: vip.qosPolicyId,
    vipSecurityGroupIds: vip.securityGroupIds,
    vipVnicType: vip.vnicType,
    vipIsOctaviaOwned: vip.isOctaviaOwned,
  };
}

/** Deleted load balancers are found too, until housekeeping purges them: look at `provisioningStatus`. */
export const loadBalancers = {
  async find(db: Queryable, id: string): Promise<LoadBalancer | null> {
    const row = await loadBalancerRows.find(db, id);
    return row && toLoadBalancer(row);
  },

  async insert(tx: Transaction, loadBalancer: LoadBalancer): Promise<void> {
    await loadBalancerRows.insert(tx, toRow(loadBalancer) as LoadBalancerRow);
  },

  /** A given `vip` replaces the whole VIP. */
  async update(tx: Transaction, id: string, changes: Partial<LoadBalancer>): Promise<boolean> {
    return loadBalancerRows.update(tx, id, toRow(changes));
  },

  /**
   * Takes the one lock there is: moves the load balancer to a PENDING_* status if it is in one of `allowed`.
   * The row stays locked until the transaction ends, so that two requests at once see each other.
   * @returns the load balancer as it was; whether `isLocked` says if its status allowed the move; null: no such row
   */
  async lock(
    tx: Transaction,
    id: string,
    allowed: readonly ProvisioningStatus[],
    pending: ProvisioningStatus,
  ): Promise<{ readonly loadBalancer: LoadBalancer; readonly isLocked: boolean } | null> {
    const row = await loadBalancerRows.hold(tx, id, 'update');
    if (!row) return null;
    const loadBalancer = toLoadBalancer(row);
    const isLocked = allowed.includes(loadBalancer.provisioningStatus);
    if (isLocked) await loadBalancerRows.update(tx, id, { provisioningStatus: pending });
    return { loadBalancer, isLocked };
  },
};
