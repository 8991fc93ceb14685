import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { Member } from '#core/domain/member.ts';
import { isPending, ProvisioningStatus } from '#core/domain/status.ts';
import type { NetworkPlug } from '#core/ports/amphora.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import type { OfMachine } from './machine.ts';
import { aFewTimes } from './patience.ts';
import { amphoraOf, type OfLoadBalancer, servingAmphorae, treeOf } from './tree.ts';
import { subnetOf } from './vip.ts';

const MEMBER_PORT = 'octavia-lb-member-';

type Which = (member: Member) => boolean;
const isWanted: Which = (member) => member.provisioningStatus !== ProvisioningStatus.PendingDelete;
const isChanging: Which = (member) => isWanted(member) && isPending(member.provisioningStatus);
const isSettled: Which = (member) => !isPending(member.provisioningStatus);

/** Gives each serving amphora a port on every subnet that members being created or changed name. */
export const plugMemberNetworks: Step<OfLoadBalancer> = {
  name: 'plug-member-networks',
  retry: aFewTimes,
  async run(state, world) {
    const tree = await treeOf(state, world);
    for (const amphora of servingAmphorae(tree))
      await plugSubnets(amphora, subnetsOf(tree, isChanging), world);
    return {};
  },
  async undo(state, world) {
    const tree = await treeOf(state, world);
    for (const amphora of servingAmphorae(tree))
      await keepOnly(amphora, subnetsOf(tree, isSettled), world);
  },
};

/** Gives a new amphora a port on every subnet that any member names. */
export const plugAllMemberNetworks: Step<OfMachine> = {
  name: 'plug-all-member-networks',
  retry: aFewTimes,
  async run(state, world) {
    const subnets = subnetsOf(await treeOf(state, world), isWanted);
    if (subnets.length > 0)
      await plugSubnets(await amphoraOf(state.newAmphoraId, world), subnets, world);
    return {};
  },
  async undo({ newComputeId }, world) {
    for (const port of await memberPorts(newComputeId, world))
      await unplug(newComputeId, port, world);
  },
};

/** Takes ports away that no member needs any more, once the amphora has stopped using them. */
export const unplugUnusedNetworks: Step<OfLoadBalancer> = {
  name: 'unplug-unused-networks',
  retry: aFewTimes,
  async run(state, world) {
    const tree = await treeOf(state, world);
    for (const amphora of servingAmphorae(tree))
      await keepOnly(amphora, subnetsOf(tree, isWanted), world);
    return {};
  },
};

/**
 * The subnets that members lie in, but for those that the VIP port reaches. A port a subnet, and not a network: ports
 * get their addresses when they are made, and a later member on another subnet of the same network would have none.
 */
function subnetsOf(tree: LoadBalancerTree, which: Which): readonly string[] {
  const reached = [tree.vip.subnetId, ...tree.additionalVips.map((vip) => vip.subnetId)];
  const named = tree.pools
    .filter((pool) => pool.provisioningStatus !== ProvisioningStatus.PendingDelete)
    .flatMap((pool) => pool.members.filter(which).map((member) => member.subnetId));
  return [...new Set(named)].filter((id) => id !== null).filter((id) => !reached.includes(id));
}

async function plugSubnets(
  amphora: Amphora,
  subnetIds: readonly string[],
  world: World,
): Promise<void> {
  const { computeId } = amphora;
  if (computeId === null) return;
  for (const subnetId of subnetIds) {
    const subnet = await subnetOf(subnetId, world);
    const port = await world.network.createPort({
      name: portName(amphora.id, subnetId),
      networkId: subnet.networkId,
      deviceId: computeId,
      fixedIps: [{ subnetId }],
      allowedAddresses: [],
      securityGroupIds: [],
    });
    await world.compute.attachPort(computeId, port.id);
    await world.amphora.plugNetwork(amphora, await plugOf(port, world));
  }
}

async function keepOnly(
  amphora: Amphora,
  subnetIds: readonly string[],
  world: World,
): Promise<void> {
  if (amphora.computeId === null) return;
  const kept = new Set(subnetIds.map((id) => portName(amphora.id, id)));
  for (const port of await memberPorts(amphora.computeId, world))
    if (!kept.has(port.name)) await unplug(amphora.computeId, port, world);
}

async function memberPorts(computeId: string, { network }: World): Promise<NetworkPort[]> {
  return (await network.listPorts(computeId)).filter((port) => port.name.startsWith(MEMBER_PORT));
}

async function unplug(computeId: string, port: NetworkPort, world: World): Promise<void> {
  await world.compute.detachPort(computeId, port.id);
  await world.network.deletePort(port.id);
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

function portName(amphoraId: string, subnetId: string): string {
  return `${MEMBER_PORT}${amphoraId}-${subnetId}`;
}
