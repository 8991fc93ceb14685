import { DriverFailure } from '#core/domain/errors.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { change, named } from './failures.ts';
import { removeNics } from './machine.ts';
import { filterTableOf } from './names.ts';
import { countFreeAddresses, findNetwork, findSubnet, subnetsOf } from './network-table.ts';
import { ports } from './port-table.ts';
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
        if (request.securityGroupIds.length > 0)
          throw new DriverFailure(
            `port ${request.name}: the one-box cloud has no security groups`,
            {
              retryable: false,
            },
          );
        const fixedIps =
          request.fixedIps.length > 0
            ? request.fixedIps
            : (await subnetsOf(tx, request.networkId))
                .slice(0, 1)
                .map(({ id }) => ({ subnetId: id }));
        return ports.create(tx, { ...request, fixedIps });
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
