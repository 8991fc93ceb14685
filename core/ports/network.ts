import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import type { AdditionalVip, Vip } from '../domain/vip.ts';

export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

export interface Subnet {
  readonly id: string;
  readonly networkId: string;
  readonly cidr: string;
  readonly ipVersion: 4 | 6;
  readonly gatewayIp: string | null;
  readonly hostRoutes: readonly HostRoute[];
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly subnetIds: readonly string[];
  readonly mtu: number | null;
}

export interface FixedIp {
  readonly subnetId: string;
  readonly ipAddress: string;
}

export interface NetworkPort {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly fixedIps: readonly FixedIp[];
  /** The machine, or the load balancer (`lb-<id>`), that it belongs to; empty when free. */
  readonly deviceId: string;
  readonly qosPolicyId: string | null;
}

export interface CreatePort {
  /** Unique: a second call with the same name answers with the port of the first. */
  readonly name: string;
  readonly networkId: string;
  readonly deviceId: string;
  /** Empty: one address of the network's first subnet. */
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress?: string }[];
  /** Further addresses that the machine may use on this port: the VIPs. */
  readonly allowedAddresses: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Obeyed from the first packet on. Absent: none. */
  readonly qosPolicyId?: string | null;
}

/** What `allocateVip` settled on: every field of the VIP that the request left open is filled in. */
export interface AllocatedVip {
  readonly vip: Vip;
  readonly additionalVips: readonly AdditionalVip[];
}

/**
 * Networks, ports and addresses. Look-ups answer null for what does not exist. Every method may be repeated after a
 * crash. Failures are `DriverFailure`; an address that is taken is an `OctaviaError` with code `conflict`.
 */
export interface NetworkDriver {
  getNetwork(id: string): Promise<Network | null>;
  /** @param supposedNetworkId where the asker thinks it lies; only a driver that keeps no books takes their word for it */
  getSubnet(id: string, supposedNetworkId?: string | null): Promise<Subnet | null>;
  getPort(id: string): Promise<NetworkPort | null>;
  /** How many addresses nobody has, 0 for a subnet that does not exist. Absent: no subnet is ever full. */
  countFreeAddresses?(subnetId: string): Promise<number>;
  /** Absent: the network knows no QoS policies. */
  hasQosPolicy?(id: string): Promise<boolean>;
  /** From now on the port obeys this policy and no other; null: none. Absent where `hasQosPolicy` is. */
  applyQosPolicy?(portId: string, policyId: string | null): Promise<void>;
  /** Absent: users cannot bring security groups of their own. */
  hasSecurityGroup?(id: string): Promise<boolean>;
  listPorts(deviceId: string): Promise<readonly NetworkPort[]>;
  /** All that were made here, by their names. Absent: the network does not tell them from others. */
  listOwnPorts?(): Promise<readonly NetworkPort[]>;
  /** Makes the VIP port `octavia-lb-<id>`, or checks the one that the user brought. */
  allocateVip(
    loadBalancerId: string,
    projectId: string,
    vip: Vip,
    additional: readonly AdditionalVip[],
  ): Promise<AllocatedVip>;
  /** Gives the VIP port back when it is ours; gone already is success. */
  deallocateVip(loadBalancerId: string, vip: Vip): Promise<void>;
  createPort(request: CreatePort): Promise<NetworkPort>;
  deletePort(id: string): Promise<void>;
  /** Opens what the listeners need at the VIP, and nothing else. */
  updateVipRules(tree: LoadBalancerTree): Promise<void>;
}
