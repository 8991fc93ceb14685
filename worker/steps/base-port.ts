import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { updateAmphora } from './amphora.ts';
import type { OfMachine } from './machine.ts';
import { permanent, stubborn } from './patience.ts';
import { loadBalancerOf } from './tree.ts';
import { addressOf } from './vip.ts';

const BASE_PORT = 'octavia-lb-vrrp-';
/** One VRRP instance a load balancer, so always the first. */
const VRRP_ID = 1;

export interface OfBasePort extends OfMachine {
  readonly basePortId: string;
}

/** The amphora's own port on the VIP network. */
export const createBasePort: Step<OfMachine, { readonly basePortId: string }> = {
  name: 'create-base-port',
  retry: stubborn,
  async run(state, world) {
    const loadBalancer = await loadBalancerOf(state, world);
    const port = await basePort(loadBalancer, state, world);
    await updateAmphora(world, state.newAmphoraId, {
      vrrpIp: addressOf(port),
      vrrpPortId: port.id,
      haIp: loadBalancer.vip.address,
      haPortId: loadBalancer.vip.portId,
      vrrpId: VRRP_ID,
    });
    return { basePortId: port.id };
  },
  /** Found by its machine: the answer that held its id may have been lost. */
  async undo({ newComputeId }, world) {
    for (const port of await world.network.listPorts(newComputeId))
      if (port.name.startsWith(BASE_PORT)) await world.network.deletePort(port.id);
  },
};

export const attachBasePort: Step<OfBasePort> = {
  name: 'attach-base-port',
  retry: stubborn,
  async run({ newComputeId, basePortId }, { compute }) {
    await compute.attachPort(newComputeId, basePortId);
    return {};
  },
  async undo({ newComputeId, basePortId }, { compute }) {
    await compute.detachPort(newComputeId, basePortId);
  },
};

async function basePort(
  loadBalancer: LoadBalancer,
  { newAmphoraId, newComputeId }: OfMachine,
  { network }: World,
): Promise<NetworkPort> {
  const { id, vip, additionalVips } = loadBalancer;
  if (vip.networkId === null || vip.subnetId === null || vip.address === null)
    throw permanent(`the VIP of load balancer ${id} lacks its network, subnet or address`);
  const addresses = [vip.address, ...additionalVips.map((one) => one.ipAddress)];
  return network.createPort({
    name: `${BASE_PORT}${newAmphoraId}`,
    networkId: vip.networkId,
    deviceId: newComputeId,
    fixedIps: [{ subnetId: vip.subnetId }],
    allowedAddresses: addresses.filter((address) => address !== null),
    securityGroupIds: vip.securityGroupIds,
  });
}
