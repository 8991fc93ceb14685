import type { Subnet } from '#core/ports/network.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { ipBatch } from './command.ts';
import { change } from './failures.ts';
import { nicCreation, removeNics } from './machine.ts';
import { localNetworkId } from './names.ts';
import { ensureNamespace } from './namespaces.ts';
import { subnetsOf } from './network-table.ts';
import { type LocalPort, ports } from './port-table.ts';

export interface TenantNic {
  readonly namespace: string;
  readonly networkName: string;
  /** IPv4. Absent: the next free one. */
  readonly address?: string;
}

export interface TenantAddresses {
  readonly address: string;
  /** Null on a network without IPv6. */
  readonly address6: string | null;
}

/**
 * Puts a tenant's machine on a tenant network: makes the namespace if it is not there, gives it a NIC with an address
 * of each of the network's subnets and the default routes. Again is nothing.
 * @throws Error when the network does not exist; OctaviaError (conflict) when the address is taken
 */
export async function joinNetwork(
  options: LocalCloudOptions,
  nic: TenantNic,
): Promise<TenantAddresses> {
  const { namePrefix, database } = options;
  const networkId = localNetworkId(namePrefix, nic.networkName);
  const subnets = await subnetsOf(database, networkId);
  if (subnets.length === 0) throw new Error(`the one-box cloud has no network ${nic.networkName}`);
  const port = await change(database, (tx) =>
    ports.create(tx, {
      name: portName(nic),
      networkId,
      deviceId: `tenant-${nic.namespace}`,
      fixedIps: subnets.map(({ id, ipVersion }) =>
        ipVersion === 4 && nic.address !== undefined
          ? { subnetId: id, ipAddress: nic.address }
          : { subnetId: id },
      ),
    }),
  );
  await ensureNamespace(nic.namespace);
  await ipBatch(nicCreation(namePrefix, port, nic.namespace, insideLink(port)));
  await ipBatch(
    [
      'link set lo up',
      `link set ${insideLink(port)} addrgenmode none up`,
      ...subnets.flatMap((subnet) => addressing(subnet, port)),
    ],
    nic.namespace,
  );
  const addressOf = (version: 4 | 6): string | null =>
    addressIn(port, subnets.find(({ ipVersion }) => ipVersion === version)?.id);
  const address = addressOf(4);
  if (address === null) throw new Error(`port ${port.id} has no address`);
  return { address, address6: addressOf(6) };
}

/** Addresses are unique on the network, by the tables: nobody has to ask the neighbours first. */
function addressing(subnet: Subnet, port: LocalPort): readonly string[] {
  const address = addressIn(port, subnet.id);
  if (address === null) return [];
  const [, length] = subnet.cidr.split('/');
  const link = insideLink(port);
  return [
    `address replace ${address}/${length} dev ${link}${subnet.ipVersion === 6 ? ' nodad' : ''}`,
    `route replace default via ${subnet.gatewayIp}`,
  ];
}

function addressIn({ fixedIps }: LocalPort, subnetId: string | undefined): string | null {
  return fixedIps.find((ip) => ip.subnetId === subnetId)?.ipAddress ?? null;
}

/** Takes the NIC and its address away; the namespace, and what runs in it, stays. */
export async function leaveNetwork(
  { namePrefix, database }: LocalCloudOptions,
  nic: Pick<TenantNic, 'namespace' | 'networkName'>,
): Promise<void> {
  await change(database, async (tx) => {
    const networkId = localNetworkId(namePrefix, nic.networkName);
    const port = await ports.findByName(tx, networkId, portName(nic));
    if (port === null) return;
    await removeNics(namePrefix, [port]);
    await ports.delete(tx, port.id);
  });
}

function insideLink(port: LocalPort): string {
  return `net${port.number.toString(36)}`;
}

function portName(nic: Pick<TenantNic, 'namespace'>): string {
  return `tenant-${nic.namespace}`;
}
