import type { LocalCloudOptions } from './cloud-options.ts';
import { ipBatch } from './command.ts';
import { change } from './failures.ts';
import { nicCreation, removeNics } from './machine.ts';
import { localNetworkId, localSubnetId } from './names.ts';
import { ensureNamespace } from './namespaces.ts';
import { findSubnet } from './network-table.ts';
import { type LocalPort, ports } from './port-table.ts';

export interface TenantNic {
  readonly namespace: string;
  readonly networkName: string;
  /** Absent: the next free one. */
  readonly address?: string;
}

/**
 * Puts a tenant's machine on a tenant network: makes the namespace if it is not there, gives it a NIC with an address
 * of the network and the default route. Again is nothing.
 * @throws Error when the network does not exist; OctaviaError (conflict) when the address is taken
 */
export async function joinNetwork(
  options: LocalCloudOptions,
  nic: TenantNic,
): Promise<{ readonly address: string }> {
  const { namePrefix, database } = options;
  const subnetId = localSubnetId(namePrefix, nic.networkName);
  const subnet = await findSubnet(database, subnetId);
  if (subnet === null) throw new Error(`the one-box cloud has no network ${nic.networkName}`);
  const wanted = nic.address === undefined ? { subnetId } : { subnetId, ipAddress: nic.address };
  const port = await change(database, (tx) =>
    ports.create(tx, {
      name: portName(nic),
      networkId: subnet.networkId,
      deviceId: `tenant-${nic.namespace}`,
      fixedIps: [wanted],
    }),
  );
  const address = port.fixedIps[0]?.ipAddress;
  if (address === undefined) throw new Error(`port ${port.id} has no address`);
  await ensureNamespace(nic.namespace);
  await ipBatch(nicCreation(namePrefix, port, nic.namespace, insideLink(port)));
  await ipBatch(
    [
      'link set lo up',
      `link set ${insideLink(port)} addrgenmode none up`,
      `address replace ${address}/${subnet.cidr.split('/')[1]} dev ${insideLink(port)}`,
      `route replace default via ${subnet.gatewayIp}`,
    ],
    nic.namespace,
  );
  return { address };
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
