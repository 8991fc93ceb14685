import { readFileSync, rmSync } from 'node:fs';
import { parseAddress } from '#core/domain/ip-address.ts';
import type { Clock } from '#core/ports/clock.ts';
import { type AddressRange, firstAddress, overlaps, sizeOf } from './address-range.ts';
import { shortFolder } from './amphora-paths.ts';
import type { NamedNetwork } from './cloud-options.ts';
import { ipBatch, ipBatchAnyway, listAddresses } from './command.ts';
import { linkExists, listVirtualLinks } from './links.ts';
import { bridgeOf, filterTableOf, isLinkOfCloud, localNetworkId, macAddressOf } from './names.ts';
import { killProcesses, listNamespaces, removeNamespaces } from './namespaces.ts';
import { applyRules, tableCommands } from './vip-filter.ts';

/** Makes the bridge of each network, with the first address of each range for the host. Again is nothing. */
export async function raiseBridges(
  prefix: string,
  networks: readonly NamedNetwork[],
): Promise<void> {
  await ipBatch(
    networks.flatMap(({ name, ranges }) => {
      const id = localNetworkId(prefix, name);
      const bridge = bridgeOf(prefix, id);
      // A bridge without a MAC of its own takes one of its ports', and changes it whenever that port goes.
      const creation = `link add ${bridge} address ${macAddressOf(id)} type bridge mcast_snooping 0`;
      return [
        ...(linkExists(bridge) ? [] : [creation]),
        `link set ${bridge} addrgenmode none up`,
        // Nobody else has it: there is no need to wait until that is sure, as IPv6 would.
        ...ranges.map(
          (range) =>
            `address replace ${firstAddress(range)}/${range.prefixLength} dev ${bridge}${range.family === 6 ? ' nodad' : ''}`,
        ),
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
  const links = listVirtualLinks().filter((link) => isLinkOfCloud(prefix, link));
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
  assertIpv6(networks);
  for (const { link, address, prefixLength } of await listAddresses()) {
    if (bridges.includes(link)) continue;
    for (const { name, ranges } of networks) {
      const clash = ranges.find((range) => overlaps(range, rangeAround(address, prefixLength)));
      if (clash !== undefined)
        throw new Error(
          `[local_cloud] network ${name} (${clash.text}) overlaps ${address} on ${link} of this host; give it another range`,
        );
    }
  }
}

function assertIpv6(networks: readonly NamedNetwork[]): void {
  const range = networks.flatMap(({ ranges }) => ranges).find(({ family }) => family === 6);
  if (range !== undefined && !hasIpv6())
    throw new Error(
      `[local_cloud] networks has ${range.text}, and IPv6 is off on this host; leave it out, or set net.ipv6.conf.all.disable_ipv6 to 0`,
    );
}

function hasIpv6(): boolean {
  try {
    return readFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', 'utf8').trim() === '0';
  } catch {
    return false;
  }
}

/** @param address as `ip` tells it */
function rangeAround(address: string, prefixLength: number): AddressRange {
  const { family, value } = parseAddress(address) ?? { family: 4, value: 0n };
  const size = sizeOf({ family, prefixLength });
  return { family, value: value - (value % size), text: address, prefixLength };
}
