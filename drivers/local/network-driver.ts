import { DriverFailure } from '#core/domain/errors.ts';
import type { CreatePort, NetworkDriver } from '#core/ports/network.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { limitPort } from './bandwidth.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { change, named } from './failures.ts';
import { removeNics } from './machine.ts';
import { filterTableOf } from './names.ts';
import { countFreeAddresses, findNetwork, findSubnet, subnetsOf } from './network-table.ts';
import { ports } from './port-table.ts';
import { hasQosPolicy } from './qos-policy-table.ts';
import { allocateVipPort, releaseVipPort } from './vip-allocation.ts';
import {
  applyRules,
  filterCommands,
  openingsOf,
  removalCommands,
  tableCommands,
  type VipFilter,
} from './vip-filter.ts';
import { vipFilters } from './vip-filter-table.ts';

/** Networks are bridges of this box, ports are veth pairs; addresses and who has them are rows. */
export function localNetwork(options: LocalCloudOptions): NetworkDriver {
  const { database, namePrefix } = options;
  const table = filterTableOf(namePrefix);
  return {
    getNetwork: (id) => named(() => findNetwork(database, id)),
    getSubnet: (id) => named(() => findSubnet(database, id)),
    hasQosPolicy: (id) => named(() => hasQosPolicy(database, namePrefix, id)),
    countFreeAddresses: (subnetId) => named(() => countFreeAddresses(database, subnetId)),
    getPort: (id) => named(() => ports.find(database, id)),
    listPorts: (deviceId) => named(() => ports.ofDevice(database, deviceId)),
    listOwnPorts: () => named(() => ports.ofController(database, namePrefix)),

    allocateVip: (loadBalancerId, _projectId, vip, additional) =>
      change(database, (tx) => allocateVipPort(tx, loadBalancerId, vip, additional)),

    async deallocateVip(loadBalancerId, vip) {
      const addresses = await named(() => vipFilters.addressesOf(database, loadBalancerId));
      await filterOnBridges(
        options,
        addresses.flatMap((address) => removalCommands(table, address)),
      );
      await change(database, async (tx) => {
        await vipFilters.delete(tx, loadBalancerId);
        await releaseVipPort(tx, loadBalancerId, vip);
      });
    },

    createPort: (request) =>
      change(database, async (tx) => {
        await refuseUnknown(tx, namePrefix, request);
        const fixedIps =
          request.fixedIps.length > 0
            ? request.fixedIps
            : (await subnetsOf(tx, request.networkId))
                .slice(0, 1)
                .map(({ id }) => ({ subnetId: id }));
        return ports.create(tx, { ...request, fixedIps });
      }),

    applyQosPolicy: (portId, policyId) =>
      change(database, async (tx) => {
        if (policyId !== null) await expectPolicy(tx, namePrefix, portId, policyId);
        const isThere = await ports.setQosPolicy(tx, portId, policyId);
        const port = isThere ? await ports.find(tx, portId) : null;
        if (port === null)
          throw refusal(`port ${portId} does not exist; it cannot obey a QoS policy`);
        await limitPort(namePrefix, port);
      }),

    deletePort: (id) =>
      change(database, async (tx) => {
        const port = await ports.find(tx, id);
        if (port === null) return;
        await removeNics(namePrefix, [port]);
        await ports.delete(tx, id);
      }),

    async updateVipRules(tree) {
      const openings = openingsOf(tree);
      const addresses = [tree.vip.address, ...tree.additionalVips.map((vip) => vip.ipAddress)];
      const filters = addresses
        .filter((address) => address !== null)
        .map((address): VipFilter => ({ address, openings }));
      await change(database, (tx) =>
        vipFilters.put(
          tx,
          namePrefix,
          tree.id,
          filters.map((filter) => filter.address),
          openings,
        ),
      );
      await filterOnBridges(
        options,
        filters.flatMap((filter) => filterCommands(table, filter)),
      );
    },
  };
}

async function refuseUnknown(tx: Transaction, cloud: string, request: CreatePort): Promise<void> {
  const { name, securityGroupIds, qosPolicyId = null } = request;
  if (securityGroupIds.length > 0)
    throw refusal(`port ${name}: the one-box cloud has no security groups`);
  if (qosPolicyId !== null) await expectPolicy(tx, cloud, name, qosPolicyId);
}

async function expectPolicy(
  tx: Transaction,
  cloud: string,
  port: string,
  policyId: string,
): Promise<void> {
  if (!(await hasQosPolicy(tx, cloud, policyId)))
    throw refusal(
      `port ${port} cannot obey QoS policy ${policyId}: [local_cloud] qos_policies has no such policy`,
    );
}

function refusal(message: string): DriverFailure {
  return new DriverFailure(message, { retryable: false });
}

/** Changes the cloud's table of filters; a host that cannot filter says so, and goes on without. */
export async function filterOnBridges(
  options: Pick<LocalCloudOptions, 'namePrefix' | 'clock' | 'logger'>,
  commands: readonly string[],
): Promise<void> {
  if (commands.length === 0) return;
  const table = filterTableOf(options.namePrefix);
  const problem = await applyRules([...tableCommands(table), ...commands], options.clock);
  if (problem !== null)
    options.logger.warn(
      { cloud: options.namePrefix, reason: problem },
      'allowed_cidrs of listeners are not enforced on this host: VIPs are open to everyone',
    );
}
