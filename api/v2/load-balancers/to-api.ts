import type { ListedLoadBalancer } from '#core/db/listed/load-balancer.ts';
import { apiTime, apiTimeOrNull, reference } from '../../to-api.ts';

/** Octavia's deprecated alias, shown where nothing is stored. */
const PROVIDER_WHEN_NULL = 'octavia';

/** A load balancer as lists and show answer it. */
export function loadBalancerToApi(row: ListedLoadBalancer) {
  return {
    id: row.id,
    name: row.name ?? '',
    description: row.description ?? '',
    provisioning_status: row.provisioningStatus,
    operating_status: row.operatingStatus,
    admin_state_up: row.isEnabled,
    project_id: row.projectId,
    tenant_id: row.projectId,
    created_at: apiTime(row.createdAt),
    updated_at: apiTimeOrNull(row.updatedAt),
    vip_address: row.vipAddress,
    vip_port_id: row.vipPortId,
    vip_subnet_id: row.vipSubnetId,
    vip_network_id: row.vipNetworkId,
    vip_qos_policy_id: row.vipQosPolicyId,
    vip_sg_ids: row.vipSecurityGroupIds,
    vip_vnic_type: row.vipVnicType,
    additional_vips: row.additionalVips.map((vip) => ({
      subnet_id: vip.subnetId,
      ip_address: vip.ipAddress,
      port_id: vip.portId ?? row.vipPortId,
    })),
    listeners: row.listenerIds.map(reference),
    pools: row.poolIds.map(reference),
    provider: row.provider ?? PROVIDER_WHEN_NULL,
    flavor_id: row.flavorId,
    availability_zone: row.availabilityZone,
    tags: row.tags,
  };
}
