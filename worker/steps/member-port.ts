import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { ConnectPatience, NetworkPlug } from '#core/ports/amphora.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import type { World } from '../world.ts';
import { subnetOf } from './vip.ts';

const MEMBER_PORT = 'octavia-lb-member-';

/**
 * An amphora's port on a subnet with members. One a subnet, and not a network: ports get their addresses when they are
 * made, and a later member on another subnet of the same network would have none.
 */
export function memberPortName(amphoraId: string, subnetId: string): string {
  return `${MEMBER_PORT}${amphoraId}-${subnetId}`;
}

export async function memberPorts(
  { computeId }: Pick<Amphora, 'computeId'>,
  { network }: World,
): Promise<readonly NetworkPort[]> {
  if (computeId === null) return [];
  const ports = await network.listPorts(computeId);
  return ports.filter((port) => port.name.startsWith(MEMBER_PORT));
}

/** Makes the port, attaches it, and tells the agent. */
export async function plugSubnet(
  amphora: Amphora,
  subnetId: string,
  world: World,
  patience?: ConnectPatience,
): Promise<void> {
  const port = await attachSubnet(amphora, subnetId, world);
  if (port !== null) await tellOfPort(amphora, port, world, patience);
}

/** Makes the port and attaches it; the agent does not know of it yet. @returns null: there is no machine */
export async function attachSubnet(
  { id, computeId }: Amphora,
  subnetId: string,
  world: World,
): Promise<NetworkPort | null> {
  if (computeId === null) return null;
  const subnet = await subnetOf(subnetId, world);
  const port = await world.network.createPort({
    name: memberPortName(id, subnetId),
    networkId: subnet.networkId,
    deviceId: computeId,
    fixedIps: [{ subnetId }],
    allowedAddresses: [],
    securityGroupIds: [],
  });
  await world.compute.attachPort(computeId, port.id);
  return port;
}

export async function tellOfPort(
  amphora: Amphora,
  port: NetworkPort,
  world: World,
  patience?: ConnectPatience,
): Promise<void> {
  await world.amphora.plugNetwork(amphora, await plugOf(port, world), patience);
}

/** The agent needs not be told: the interface goes with the port. */
export async function unplug(
  { computeId }: Pick<Amphora, 'computeId'>,
  port: NetworkPort,
  { compute, network }: World,
): Promise<void> {
  if (computeId !== null) await compute.detachPort(computeId, port.id);
  await network.deletePort(port.id);
}

/** The subnets that members lie in, but for those that the VIP's port reaches, and those of members that are to go. */
export function subnetsOf({ vip, additionalVips, pools }: LoadBalancerTree): readonly string[] {
  const reached = [vip.subnetId, ...additionalVips.map((additional) => additional.subnetId)];
  const named = pools
    .filter((pool) => pool.provisioningStatus !== ProvisioningStatus.PendingDelete)
    .flatMap((pool) => pool.members)
    .filter((member) => member.provisioningStatus !== ProvisioningStatus.PendingDelete)
    .map((member) => member.subnetId);
  return [...new Set(named)].filter((id) => id !== null).filter((id) => !reached.includes(id));
}

async function plugOf(port: NetworkPort, world: World): Promise<NetworkPlug> {
  const network = await world.network.getNetwork(port.networkId);
  const fixedIps = port.fixedIps.map(async (fixedIp) => {
    const { cidr, gatewayIp, hostRoutes } = await subnetOf(fixedIp.subnetId, world);
    return { ...fixedIp, subnetCidr: cidr, gatewayIp, hostRoutes };
  });
  return {
    macAddress: port.macAddress,
    fixedIps: await Promise.all(fixedIps),
    mtu: network?.mtu ?? null,
    vip: null,
  };
}
