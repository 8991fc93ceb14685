import type { Logger } from '#core/ports/logger.ts';
import { linksInside, linkWithAddress } from './link-state.ts';
import type { HaproxyNamespace } from './namespace.ts';

interface Advertised {
  readonly address: string;
  readonly interfaceName: string;
}

/**
 * Tells the neighbours that addresses are here now (gratuitous ARP, unsolicited neighbour advertisement), so that
 * none of them sends to the machine that had them before. Without it they find out by themselves, only later: what
 * fails is logged and no more. Never rejects.
 * @param addresses those that no interface of the namespace holds are passed over
 */
export async function advertise(
  namespace: HaproxyNamespace,
  addresses: readonly string[],
  logger: Logger,
): Promise<void> {
  try {
    const links = await linksInside(namespace);
    const advertised = addresses.flatMap((address): readonly Advertised[] => {
      const link = linkWithAddress(links, address);
      return link === undefined ? [] : [{ address, interfaceName: link.name }];
    });
    const leftOver = await Promise.all(
      advertised.map(async (each) => ((await hasArped(namespace, each)) ? [] : [each])),
    );
    const interfaces = new Set(leftOver.flat().map((each) => each.interfaceName));
    for (const name of interfaces) await advertiseByKernel(namespace, name, logger);
  } catch (error) {
    logger.warn({ error, addresses }, 'addresses not advertised');
  }
}

async function hasArped(namespace: HaproxyNamespace, each: Advertised): Promise<boolean> {
  if (each.address.includes(':')) return false;
  const arping = [
    'arping',
    '-q',
    '-U',
    '-c',
    '1',
    '-w',
    '1',
    '-I',
    each.interfaceName,
    each.address,
  ];
  return (await namespace.exec(arping)).status === 0;
}

/**
 * The kernel advertises all addresses of an interface when its hardware address is set, even to what it was; it does
 * so for IPv6 too, for which no common tool exists, and where arping is not installed.
 */
async function advertiseByKernel(
  namespace: HaproxyNamespace,
  interfaceName: string,
  logger: Logger,
): Promise<void> {
  const link = (await linksInside(namespace)).find((each) => each.name === interfaceName);
  if (link === undefined) return;
  await namespace.set([
    `net/ipv4/conf/${interfaceName}/arp_notify=1`,
    `net/ipv6/conf/${interfaceName}/ndisc_notify=1`,
  ]);
  const set = ['link', 'set', 'dev', interfaceName, 'address', link.macAddress];
  const result = await namespace.ip(set);
  if (result.status !== 0)
    logger.warn({ interface: interfaceName, output: result.output }, 'addresses not advertised');
}
