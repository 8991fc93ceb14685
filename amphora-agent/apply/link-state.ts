import { familyOf, networkKey } from '#core/domain/ip-address.ts';
import { type HaproxyNamespace, ownLinks } from './namespace.ts';

export interface Link {
  readonly name: string;
  readonly macAddress: string;
  readonly mtu: number;
  readonly isUp: boolean;
  readonly addresses: readonly LinkAddress[];
}

export interface LinkAddress {
  /** As the kernel writes it. */
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 4 | 6;
  /** Given by DHCP or a router: none of ours. */
  readonly isDynamic: boolean;
  readonly scope: string;
}

export async function linksInside(namespace: HaproxyNamespace): Promise<readonly Link[]> {
  return (await namespace.ipJson(['address', 'show'])).map(linkOf);
}

export async function linksOutside(): Promise<readonly Link[]> {
  return (await ownLinks()).map(linkOf);
}

export function withMac(links: readonly Link[], macAddress: string): Link | undefined {
  const wanted = macAddress.toLowerCase();
  return links.find((link) => link.macAddress === wanted);
}

/** The interface that holds an address, in whatever spelling: users' reach us as they are. Undefined when none does. */
export function linkWithAddress(links: readonly Link[], address: string): Link | undefined {
  const wanted = networkKey(address, familyOf(address));
  const isIt = (held: string): boolean => networkKey(held, familyOf(held)) === wanted;
  return links.find((link) => link.addresses.some((each) => isIt(each.address)));
}

function linkOf(value: unknown): Link {
  const raw = record(value);
  const flags = Array.isArray(raw['flags']) ? raw['flags'] : [];
  const addresses = Array.isArray(raw['addr_info']) ? raw['addr_info'] : [];
  return {
    name: text(raw['ifname']),
    macAddress: text(raw['address']).toLowerCase(),
    mtu: Number(raw['mtu'] ?? 0),
    isUp: flags.includes('UP'),
    addresses: addresses
      .map(record)
      .filter((each) => each['local'] !== undefined)
      .map(addressOf),
  };
}

function addressOf(raw: Readonly<Record<string, unknown>>): LinkAddress {
  return {
    address: text(raw['local']),
    prefixLength: Number(raw['prefixlen']),
    family: raw['family'] === 'inet6' ? 6 : 4,
    isDynamic: raw['dynamic'] === true,
    scope: text(raw['scope']),
  };
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
