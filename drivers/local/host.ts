import { rmSync } from 'node:fs';
import type { Clock } from '#core/ports/clock.ts';
import { shortFolder } from './amphora-paths.ts';
import { type Ipv4Range, type NamedNetwork, overlaps } from './cloud-options.ts';
import { ipBatch, ipBatchAnyway, listAddresses } from './command.ts';
import { linkExists, listVirtualLinks } from './links.ts';
import {
  bridgeOf,
  filterTableOf,
  isBridgeOrHostLink,
  localNetworkId,
  macAddressOf,
} from './names.ts';
import { killProcesses, listNamespaces, removeNamespaces } from './namespaces.ts';
import { applyRules, tableCommands } from './vip-filter.ts';

/** Makes the bridge of each network, with the first address of its range for the host. Again is nothing. */
export async function raiseBridges(
  prefix: string,
  networks: readonly NamedNetwork[],
): Promise<void> {
  await ipBatch(
    networks.flatMap(({ name, cidr }) => {
      const id = localNetworkId(prefix, name);
      const bridge = bridgeOf(prefix, id);
      // A bridge without a MAC of its own takes one of its ports', and changes it whenever that port goes.
      const creation = `link add ${bridge} address ${macAddressOf(id)} type bridge mcast_snooping 0`;
      return [
        ...(linkExists(bridge) ? [] : [creation]),
        `link set ${bridge} addrgenmode none up`,
        `address replace ${firstAddress(cidr)}/${cidr.text.split('/')[1]} dev ${bridge}`,
      ];
    }),
  );
}

/**
 * Takes away all that a cloud has on this host: processes in its namespaces, namespaces, links, filters. Nothing of
 * another prefix; fine when there is nothing.
 */
export async function clearHost(prefix: string, clock: Clock): Promise<void> {
  const namespaces = listNamespaces().filter((name) => name.startsWith(`${prefix}-`));
  await killProcesses(namespaces, clock);
  const links = listVirtualLinks().filter((link) => isBridgeOrHostLink(prefix, link));
  await ipBatchAnyway(links.map((link) => `link delete ${link}`));
  const left = links.filter(linkExists);
  await removeNamespaces(namespaces, clock);
  // Where the kernel has no such tables there is none to delete.
  const table = filterTableOf(prefix);
  await applyRules([...tableCommands(table), `delete table bridge ${table}`], clock);
  rmSync(shortFolder(prefix), { recursive: true, force: true });
  if (left.length > 0)
    throw new Error(`links ${left.join(', ')} of cloud ${prefix} could not be deleted`);
}

/**
 * @throws Error when a range is also that of another interface of this host: one of the two could not be reached
 */
export async function assertRangesFree(
  prefix: string,
  networks: readonly NamedNetwork[],
): Promise<void> {
  const bridges = networks.map(({ name }) => bridgeOf(prefix, localNetworkId(prefix, name)));
  for (const { link, address, prefixLength } of await listAddresses()) {
    const range = rangeOf(address, prefixLength);
    const clash = networks.find(({ cidr }) => overlaps(cidr, range));
    if (clash && !bridges.includes(link))
      throw new Error(
        `[local_cloud] network ${clash.name} (${clash.cidr.text}) overlaps ${address} on ${link} of this host; give it another range`,
      );
  }
}

function rangeOf(address: string, prefixLength: number): Ipv4Range {
  const size = 2 ** (32 - prefixLength);
  return { text: address, first: Math.floor(toNumber(address) / size) * size, size };
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function firstAddress({ first }: NamedNetwork['cidr']): string {
  const address = first + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
