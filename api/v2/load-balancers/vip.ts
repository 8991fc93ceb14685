import type { Topology } from '#core/domain/load-balancer.ts';
import type { AdditionalVip, Vip } from '#core/domain/vip.ts';
import type { NetworkDriver, NetworkPort, Subnet } from '#core/ports/network.ts';
import type { ApiContext } from '../../context.ts';
import { subresourceNotFound, validationFailure } from '../../faults.ts';
import { isSameIp } from '../../schema/ip.ts';
import { chooseSubnet, subnetHolding } from './choose-subnet.ts';
import { expectQosPolicy, expectSecurityGroups } from './network-policies.ts';
import type { LoadBalancerCreate } from './schema.ts';
import { refuseDisallowedKeys } from './vip-allowance.ts';

/** What a request settles about where its load balancer will be reached; the provider fills in the rest. */
export interface WantedVip {
  readonly vip: Vip;
  readonly additionalVips: readonly AdditionalVip[];
}

type Place = Pick<Vip, 'address' | 'subnetId' | 'networkId' | 'portId' | 'qosPolicyId'>;

/**
 * Resolves port, network and subnet against each other, in Octavia's order.
 * @param topology decides how much room a subnet needs; looked at only where one is to be chosen
 * @throws OctaviaError
 */
export async function resolveVip(
  sent: LoadBalancerCreate,
  context: ApiContext,
  topology: Promise<Topology>,
): Promise<WantedVip> {
  refuseDisallowedKeys(sent, context.config.networking);
  const { network } = context;
  const place = sent.vip_port_id
    ? await fromPort(sent.vip_port_id, sent, network)
    : sent.vip_network_id
      ? await fromNetwork(sent.vip_network_id, sent, context.network, topology)
      : await fromSubnet(sent.vip_subnet_id ?? '', sent, network);
  await expectQosPolicy(sent.vip_qos_policy_id, network);
  const additionalVips = await resolveAdditional(sent, place, network);
  await expectSecurityGroups(sent.vip_sg_ids, network);
  return {
    vip: {
      ...place,
      qosPolicyId:
        sent.vip_qos_policy_id === undefined ? place.qosPolicyId : sent.vip_qos_policy_id,
      securityGroupIds: sent.vip_sg_ids ?? [],
      vnicType: 'normal',
      isOctaviaOwned: false,
    },
    additionalVips,
  };
}

async function fromPort(
  portId: string,
  sent: LoadBalancerCreate,
  network: NetworkDriver,
): Promise<Place> {
  const port = await network.getPort(portId);
  if (port === null) throw subresourceNotFound('Port', portId);
  if (port.deviceId !== '')
    throw validationFailure(`Port ${portId} is already used by device ${port.deviceId} `);
  const chosen = await chooseFixedIp(port, sent, network);
  return {
    portId,
    networkId: port.networkId,
    subnetId: chosen.subnetId,
    address: chosen.ipAddress,
    qosPolicyId: port.qosPolicyId,
  };
}

async function chooseFixedIp(port: NetworkPort, sent: LoadBalancerCreate, network: NetworkDriver) {
  const { vip_subnet_id: subnetId, vip_address: address } = sent;
  if (subnetId) {
    await expectSubnet(subnetId, network, port.networkId);
    const inSubnet = port.fixedIps.find((fixed) => fixed.subnetId === subnetId);
    if (inSubnet) return inSubnet;
    throw validationFailure(
      'No VIP address found on the specified VIP port within the specified subnet.',
    );
  }
  if (address) {
    const same = port.fixedIps.find((fixed) => isSameIp(fixed.ipAddress, address));
    if (same) return same;
    throw validationFailure('Specified VIP address not found on the specified VIP port.');
  }
  const [only, ...more] = port.fixedIps;
  if (only && more.length === 0) return only;
  throw validationFailure(
    "VIP port's subnet could not be determined. Please specify either a VIP subnet or address.",
  );
}

async function fromNetwork(
  networkId: string,
  sent: LoadBalancerCreate,
  network: NetworkDriver,
  topology: Promise<Topology>,
): Promise<Place> {
  const found = await network.getNetwork(networkId);
  if (found === null) throw subresourceNotFound('Network', networkId);
  const place = { portId: null, networkId, address: sent.vip_address ?? null, qosPolicyId: null };
  if (sent.vip_subnet_id) {
    const subnet = await expectSubnet(sent.vip_subnet_id, network, networkId);
    if (subnet.networkId !== networkId) throw subresourceNotFound('Subnet', sent.vip_subnet_id);
    return { ...place, subnetId: subnet.id };
  }
  const subnets = await Promise.all(
    found.subnetIds.map((id) => expectListedSubnet(id, network, networkId)),
  );
  const chosen =
    place.address === null
      ? await chooseSubnet(subnets, network, await topology)
      : subnetHolding(place.address, subnets);
  return { ...place, subnetId: chosen.id };
}

async function fromSubnet(
  subnetId: string,
  sent: LoadBalancerCreate,
  network: NetworkDriver,
): Promise<Place> {
  const subnet = await expectSubnet(subnetId, network, null);
  return {
    portId: null,
    networkId: subnet.networkId,
    subnetId,
    address: sent.vip_address ?? null,
    qosPolicyId: null,
  };
}

async function resolveAdditional(
  sent: LoadBalancerCreate,
  place: Place,
  network: NetworkDriver,
): Promise<AdditionalVip[]> {
  const wanted = (sent.additional_vips ?? []).map((vip) => ({
    subnetId: vip.subnet_id ?? noSubnet('None'),
    ipAddress: vip.ip_address ?? null,
    portId: null,
    networkId: place.networkId,
  }));
  const subnetIds = [...wanted.map((vip) => vip.subnetId), place.subnetId];
  if (new Set(subnetIds).size < subnetIds.length)
    throw validationFailure(
      'Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.',
    );
  for (const vip of wanted) {
    const subnet = await expectListedSubnet(vip.subnetId, network, place.networkId);
    if (subnet.networkId !== place.networkId)
      throw validationFailure('All VIP subnets must belong to the same network.');
  }
  return wanted;
}

async function expectSubnet(
  id: string,
  network: NetworkDriver,
  supposedNetworkId: string | null,
): Promise<Subnet> {
  const subnet = await network.getSubnet(id, supposedNetworkId);
  if (subnet === null) throw subresourceNotFound('Subnet', id);
  return subnet;
}

async function expectListedSubnet(
  id: string,
  network: NetworkDriver,
  supposedNetworkId: string | null,
): Promise<Subnet> {
  const subnet = await network.getSubnet(id, supposedNetworkId);
  return subnet ?? noSubnet(id);
}

function noSubnet(id: string): never {
  throw validationFailure(`Subnet ${id} not found`);
}
