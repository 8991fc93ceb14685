import type { Amphora } from '../../domain/amphora.ts';
import { column, table } from '../table.ts';

export const amphorae = table<Amphora>('amphora', {
  id: column('id'),
  loadBalancerId: column('load_balancer_id'),
  status: column('status'),
  role: column('role'),
  computeId: column('compute_id'),
  lbNetworkIp: column('lb_network_ip'),
  vrrpIp: column('vrrp_ip'),
  vrrpPortId: column('vrrp_port_id'),
  haIp: column('ha_ip'),
  haPortId: column('ha_port_id'),
  vrrpInterface: column('vrrp_interface'),
  vrrpId: column('vrrp_id'),
  vrrpPriority: column('vrrp_priority'),
  certExpiration: column('cert_expiration'),
  isCertBusy: column('is_cert_busy'),
  cachedZone: column('cached_zone'),
  imageId: column('image_id'),
  computeFlavor: column('compute_flavor'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});
