import { randomUUID } from 'node:crypto';
import type { Vip } from '#core/domain/vip.ts';
import type { CreatePort, NetworkDriver, NetworkPort, Subnet } from '#core/ports/network.ts';
import { Faults } from './faults.ts';
import { madeUpAddress, madeUpId, madeUpMac } from './made-up.ts';
import { memoryStore, type NoopStore } from './store.ts';

/** What the original's noop driver answers, so that its users' tests see the same. */
const ADDRESS_OF_NOTHING = '198.0.2.5';

export interface NoopNetworkOptions {
  readonly ports?: NoopStore<NetworkPort>;
  /** VIP ports by load balancer. */
  readonly vipPorts?: NoopStore<string>;
  readonly faults?: Faults;
}

/** Networks and subnets of whatever id somebody names; ports that exist only as a record. */
export function noopNetwork(options: NoopNetworkOptions = {}): NetworkDriver {
  const {
    ports = memoryStore<NetworkPort>(),
    vipPorts = memoryStore<string>(),
    faults = new Faults(),
  } = options;
  const reach = (method: string): Promise<void> => faults.reach(`network.${method}`);

  return {
    async getNetwork(id) {
      await reach('getNetwork');
      return { id, name: `network-${id}`, subnetIds: [madeUpId(`subnet of ${id}`)], mtu: 1500 };
    },
    async getSubnet(id, supposedNetworkId) {
      await reach('getSubnet');
      return subnetOf(id, supposedNetworkId ?? madeUpId(`network of ${id}`));
    },
    async getPort(id) {
      await reach('getPort');
      return (await ports.get(id)) ?? strangersPort(id);
    },
    async hasQosPolicy() {
      await reach('hasQosPolicy');
      return true;
    },
    async applyQosPolicy(portId, policyId) {
      await reach('applyQosPolicy');
      const port = await ports.get(portId);
      if (port !== null) await ports.put(portId, { ...port, qosPolicyId: policyId });
    },
    async hasSecurityGroup() {
      await reach('hasSecurityGroup');
      return true;
    },
    async listPorts(deviceId) {
      await reach('listPorts');
      return (await ports.all()).filter((port) => port.deviceId === deviceId);
    },
    async listOwnPorts() {
      await reach('listOwnPorts');
      return ports.all();
    },
    async allocateVip(loadBalancerId, _projectId, vip, additional) {
      await reach('allocateVip');
      const allocated = completed(vip);
      if (allocated.isOctaviaOwned && allocated.portId)
        await vipPorts.put(loadBalancerId, allocated.portId);
      const additionalVips = additional.map((one) => ({
        ...one,
        ipAddress: one.ipAddress ?? madeUpAddress(`${loadBalancerId} ${one.subnetId}`),
        portId: one.portId ?? allocated.portId,
        networkId: one.networkId ?? allocated.networkId,
      }));
      return { vip: allocated, additionalVips };
    },
    async deallocateVip(loadBalancerId) {
      await reach('deallocateVip');
      await vipPorts.delete(loadBalancerId);
    },
    async createPort(request) {
      await reach('createPort');
      const id = madeUpId(`port ${request.name}`);
      const found = await ports.get(id);
      if (found !== null) return found;
      const port = portOf(id, request);
      await ports.put(id, port);
      return port;
    },
    async deletePort(id) {
      await reach('deletePort');
      await ports.delete(id);
    },
    async updateVipRules() {
      await reach('updateVipRules');
    },
  };
}

function completed(vip: Vip): Vip {
  const isNew = vip.portId === null;
  const place = vip.subnetId ?? vip.networkId;
  const networkId = vip.networkId ?? madeUpId(`network of ${vip.subnetId ?? vip.portId}`);
  return {
    ...vip,
    networkId,
    subnetId: vip.subnetId ?? madeUpId(`subnet of ${networkId}`),
    address: vip.address ?? (place === null ? ADDRESS_OF_NOTHING : madeUpAddress(randomUUID())),
    portId: vip.portId ?? randomUUID(),
    isOctaviaOwned: isNew || vip.isOctaviaOwned,
  };
}

function subnetOf(id: string, networkId: string): Subnet {
  return {
    id,
    networkId,
    cidr: '198.18.0.0/15',
    ipVersion: 4,
    gatewayIp: '198.18.0.1',
    hostRoutes: [],
  };
}

function portOf(id: string, request: CreatePort): NetworkPort {
  const wanted =
    request.fixedIps.length > 0
      ? request.fixedIps
      : [{ subnetId: madeUpId(`subnet of ${request.networkId}`) }];
  return {
    id,
    name: request.name,
    networkId: request.networkId,
    macAddress: madeUpMac(id),
    fixedIps: wanted.map(({ subnetId, ipAddress }) => ({
      subnetId,
      ipAddress: ipAddress ?? madeUpAddress(`${id} ${subnetId}`),
    })),
    deviceId: request.deviceId,
    qosPolicyId: request.qosPolicyId ?? null,
  };
}

function strangersPort(id: string): NetworkPort {
  const networkId = madeUpId(`network of ${id}`);
  return {
    id,
    name: `port-${id}`,
    networkId,
    macAddress: madeUpMac(id),
    fixedIps: [{ subnetId: madeUpId(`subnet of ${networkId}`), ipAddress: ADDRESS_OF_NOTHING }],
    deviceId: '',
    qosPolicyId: null,
  };
}
