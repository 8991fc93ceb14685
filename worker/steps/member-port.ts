import type { Amphora } from '#core/domain/amphora.ts';
import type { NetworkPlug } from '#core/ports/amphora.ts';
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
export async function plugSubnet(amphora: Amphora, subnetId: string, world: World): Promise<void> {
  const { id, computeId } = amphora;
  if (computeId === null) return;
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
  await world.amphora.plugNetwork(amphora, await plugOf(port, world));
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
