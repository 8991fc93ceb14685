import type { NetworkPlug, VipPlug } from '#core/ports/amphora.ts';
import type { HostRoute } from '#core/ports/network.ts';

/** Body of `plug/vip/<address>`. */
export function vipBody(plug: VipPlug): object {
  return {
    subnet_cidr: plug.subnet.cidr,
    gateway: plug.subnet.gatewayIp,
    mac_address: plug.macAddress,
    vrrp_ip: plug.vrrpIp,
    mtu: plug.mtu,
    host_routes: routes(plug.subnet.hostRoutes),
    additional_vips: plug.additionalVips.map(({ ipAddress, subnet }) => ({
      subnet_cidr: subnet.cidr,
      ip_address: ipAddress,
      gateway: subnet.gatewayIp,
      host_routes: routes(subnet.hostRoutes),
    })),
    is_sriov: false,
  };
}

/** Body of `plug/network`. */
export function networkBody(plug: NetworkPlug): object {
  return {
    mac_address: plug.macAddress,
    fixed_ips: plug.fixedIps.map((ip) => ({
      ip_address: ip.ipAddress,
      subnet_cidr: ip.subnetCidr,
      gateway: ip.gatewayIp,
      host_routes: routes(ip.hostRoutes),
    })),
    mtu: plug.mtu,
    is_sriov: false,
    ...(plug.vip === null
      ? {}
      : { vip_net_info: { ...vipBody(plug.vip), vip: plug.vip.vipAddress } }),
  };
}

function routes(hostRoutes: readonly HostRoute[]): object {
  return hostRoutes.map(({ nexthop, destination }) => ({ nexthop, destination }));
}
