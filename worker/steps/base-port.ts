import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import type { OfMachines } from './machine.ts';
import { newAmphoraeOf, unfinishedOf, updateAmphora } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import { permanent, stubborn } from './patience.ts';
import { loadBalancerOf } from './tree.ts';
import { addressOf } from './vip.ts';

const BASE_PORT = 'octavia-lb-vrrp-';
/** One VRRP instance a load balancer, so always the first. */
const VRRP_ID = 1;

/** Each amphora's own port on the VIP network. */
export const createBasePorts: Step<OfMachines> = {
  name: 'create-base-ports',
  retry: stubborn,
  async run(state, world) {
    const loadBalancer = await loadBalancerOf(state, world);
    await inParallel(await newAmphoraeOf(state, world), async (amphora) => {
      const port = await basePort(loadBalancer, amphora, world);
      await updateAmphora(world, amphora.id, {
        vrrpIp: addressOf(port),
        vrrpPortId: port.id,
        haIp: loadBalancer.vip.address,
        haPortId: loadBalancer.vip.portId,
        vrrpId: VRRP_ID,
      });
    });
    return {};
  },
  /** Found by their machine: the answer that held an id may have been lost. */
  async undo(state, world) {
    await inParallel(await unfinishedOf(state, world), async ({ computeId }) => {
      const ports = computeId === null ? [] : await world.network.listPorts(computeId);
      for (const port of ports)
        if (port.name.startsWith(BASE_PORT)) await world.network.deletePort(port.id);
    });
  },
};

export const attachBasePorts: Step<OfMachines> = {
  name: 'attach-base-ports',
  retry: stubborn,
  async run(state, world) {
    await inParallel(await newAmphoraeOf(state, world), async ({ id, computeId, vrrpPortId }) => {
      if (computeId === null || vrrpPortId === null)
        throw permanent(`amphora ${id} has no machine or no port on the VIP network`);
      await world.compute.attachPort(computeId, vrrpPortId);
    });
    return {};
  },
  async undo(state, world) {
    await inParallel(await unfinishedOf(state, world), async ({ computeId }) => {
      const ports = computeId === null ? [] : await world.network.listPorts(computeId);
      for (const port of ports)
        if (computeId !== null && port.name.startsWith(BASE_PORT))
          await world.compute.detachPort(computeId, port.id);
    });
  },
};

async function basePort(
  loadBalancer: LoadBalancer,
  amphora: Amphora,
  { network }: World,
): Promise<NetworkPort> {
  const { id, vip, additionalVips } = loadBalancer;
  if (vip.networkId === null || vip.subnetId === null || vip.address === null)
    throw permanent(`the VIP of load balancer ${id} lacks its network, subnet or address`);
  const addresses = [vip.address, ...additionalVips.map((one) => one.ipAddress)];
  return network.createPort({
    name: `${BASE_PORT}${amphora.id}`,
    networkId: vip.networkId,
    deviceId: amphora.computeId ?? '',
    fixedIps: [{ subnetId: vip.subnetId }],
    allowedAddresses: addresses.filter((address) => address !== null),
    securityGroupIds: vip.securityGroupIds,
    qosPolicyId: vip.qosPolicyId,
  });
}
