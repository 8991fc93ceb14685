import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { statement } from '#core/db/transaction.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { VipPlug } from '#core/ports/amphora.ts';
import type { NetworkPort, Subnet } from '#core/ports/network.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import type { OfMachines } from './machine.ts';
import { newAmphoraeOf } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import { permanent, stubborn } from './patience.ts';
import { loadBalancerOf, type OfLoadBalancer, treeOf } from './tree.ts';

/**
 * The API has made the VIP port already; this checks that it still stands, or makes it anew. There is no undo: the
 * address was promised to the user, and goes only with the load balancer.
 */
export const allocateVip: Step<OfLoadBalancer> = {
  name: 'allocate-vip',
  retry: stubborn,
  async run(state, world) {
    const { id, projectId, vip, additionalVips } = await loadBalancerOf(state, world);
    const allocated = await world.network.allocateVip(id, projectId, vip, additionalVips);
    await statement(world.database, (tx) => loadBalancers.update(tx, id, allocated));
    return {};
  },
};

/** Opens at the VIP what the listeners need. */
export const updateVipRules: Step<OfLoadBalancer> = {
  name: 'update-vip-rules',
  retry: stubborn,
  async run(state, world) {
    await world.network.updateVipRules(await treeOf(state, world));
    return {};
  },
};

export const deallocateVip: Step<OfLoadBalancer> = {
  name: 'deallocate-vip',
  retry: stubborn,
  async run(state, world) {
    const { id, vip } = await loadBalancerOf(state, world);
    await world.network.deallocateVip(id, vip);
    return {};
  },
};

/** Brings the VIP's port up in the new amphorae. One that is alone announces the VIP; of a pair keepalived does. */
export const plugVips: Step<OfMachines> = {
  name: 'plug-vips',
  async run(state, world) {
    const loadBalancer = await loadBalancerOf(state, world);
    await inParallel(await newAmphoraeOf(state, world), (amphora) =>
      plugVipInto(amphora, loadBalancer, world),
    );
    return {};
  },
};

export async function plugVipInto(
  amphora: Amphora,
  loadBalancer: LoadBalancer,
  world: World,
): Promise<void> {
  const port = amphora.vrrpPortId && (await world.network.getPort(amphora.vrrpPortId));
  if (!port) throw permanent(`amphora ${amphora.id} has no port ${amphora.vrrpPortId} any more`);
  await world.amphora.plugVip(amphora, await vipPlugOf(loadBalancer, port, world));
}

export async function subnetOf(id: string, world: World): Promise<Subnet> {
  const subnet = await world.network.getSubnet(id);
  if (subnet === null) throw permanent(`subnet ${id} does not exist`);
  return subnet;
}

async function vipPlugOf(
  { id, vip, additionalVips }: LoadBalancer,
  port: NetworkPort,
  world: World,
): Promise<VipPlug> {
  if (vip.address === null || vip.subnetId === null)
    throw permanent(`the VIP of load balancer ${id} lacks its subnet or address`);
  const network = await world.network.getNetwork(port.networkId);
  const additional = additionalVips.map(async ({ ipAddress, subnetId }) =>
    ipAddress === null ? [] : [{ ipAddress, subnet: await subnetOf(subnetId, world) }],
  );
  return {
    vipAddress: vip.address,
    subnet: await subnetOf(vip.subnetId, world),
    macAddress: port.macAddress,
    vrrpIp: addressOf(port),
    mtu: network?.mtu ?? null,
    additionalVips: (await Promise.all(additional)).flat(),
  };
}

export function addressOf(port: NetworkPort): string {
  const address = port.fixedIps[0]?.ipAddress;
  if (address === undefined) throw permanent(`port ${port.id} (${port.name}) has no address`);
  return address;
}
