import { transaction } from '#core/db/transaction.ts';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { removeNics } from './machine.ts';
import { findNetwork, findSubnet, subnetsOf } from './network-table.ts';
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

const UNIQUE_VIOLATION = '23505';
const OUT_OF_SUBNET = '22003';
const NONE_LEFT = '54000';
const NOT_FOUND = ['P0002', '23503'];

/** Networks are bridges of this box, ports are veth pairs; addresses and who has them are rows. */
export function localNetwork(options: LocalCloudOptions): NetworkDriver {
  const { database, namePrefix } = options;
  return {
    getNetwork: (id) => findNetwork(database, id),
    getSubnet: (id) => findSubnet(database, id),
    getPort: (id) => ports.find(database, id),
    listPorts: (deviceId) => ports.ofDevice(database, deviceId),

    allocateVip: (loadBalancerId, _projectId, vip, additional) =>
      write(options, (tx) => allocateVipPort(tx, loadBalancerId, vip, additional)),

    async deallocateVip(loadBalancerId, vip) {
      const addresses = await vipFilters.addressesOf(database, loadBalancerId);
      await filterOnBridges(
        options,
        addresses.flatMap((address) => removalCommands(namePrefix, address)),
      );
      await write(options, async (tx) => {
        await vipFilters.delete(tx, loadBalancerId);
        await releaseVipPort(tx, loadBalancerId, vip);
      });
    },

    createPort: (request) =>
      write(options, async (tx) => {
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
      write(options, async (tx) => {
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
      await write(options, (tx) =>
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
        filters.flatMap((filter) => filterCommands(namePrefix, filter)),
      );
    },
  };
}

/** Changes the cloud's table of filters; a host that cannot filter says so, and goes on without. */
export async function filterOnBridges(
  options: LocalCloudOptions,
  commands: readonly string[],
): Promise<void> {
  if (commands.length === 0) return;
  const table = options.namePrefix;
  const problem = await applyRules([...tableCommands(table), ...commands], options.clock);
  if (problem !== null)
    options.logger.warn(
      { cloud: table, reason: problem },
      'allowed_cidrs of listeners are not enforced on this host: VIPs are open to everyone',
    );
}

/** A refusal of the tables becomes one that a user can read. */
async function write<Result>(
  { database }: LocalCloudOptions,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await transaction(database, work);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const message = error instanceof Error ? error.message : String(error);
    if (code === UNIQUE_VIOLATION)
      throw new OctaviaError(ErrorCode.Conflict, `${takenAddress(error)} is in use already.`, {
        cause: error,
      });
    if (code === OUT_OF_SUBNET)
      throw new OctaviaError(ErrorCode.ValidationFailure, `${message}.`, { cause: error });
    if (code === NONE_LEFT)
      throw new OctaviaError(ErrorCode.Conflict, `${message}.`, { cause: error });
    if (NOT_FOUND.includes(code))
      throw new DriverFailure(message, { retryable: false, cause: error });
    throw error;
  }
}

/** PostgreSQL's detail: `Key (subnet_id, ip_address)=(…, 10.0.0.1) already exists.` */
function takenAddress(error: unknown): string {
  const detail = error instanceof Error && 'detail' in error ? String(error.detail) : '';
  const [, subnet, address] = /=\(([^,]+), ([^)]+)\)/.exec(detail) ?? [];
  return address === undefined ? 'The address' : `IP address ${address} in subnet ${subnet}`;
}
