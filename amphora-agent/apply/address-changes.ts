import { exploded, hostPrefixLength, parseAddress, parseNetwork } from '#core/domain/ip-address.ts';
import type { InterfaceAddress, InterfaceFile } from '../render/interface-file.ts';
import type { Link, LinkAddress } from './link-state.ts';

/**
 * The `ip` commands that turn a link's permanent addresses into those of its file. Addresses that keepalived owns are
 * neither added nor removed; nor are those of DHCP, of routers and the kernel's link-local one.
 */
export function addressChanges(link: Link, file: InterfaceFile): readonly string[] {
  const wanted = new Map(file.addresses.flatMap((each) => keyed(each, file)));
  const kept = new Set(
    file.addresses
      .filter((each) => each.octavia_owned === false)
      .flatMap((each) => keyOf(each) ?? []),
  );
  const present = new Map(link.addresses.filter(isOurs).map((each) => [presentKey(each), each]));
  const missing = [...wanted].filter(([key]) => !present.has(key) && !kept.has(key));
  const extra = [...present].filter(([key]) => !wanted.has(key) && !kept.has(key));
  return [
    ...missing.map(([, each]) => `address add ${each} dev ${file.name}`),
    ...extra.map(
      ([, each]) => `address delete ${each.address}/${each.prefixLength} dev ${file.name}`,
    ),
  ];
}

function keyed(
  each: InterfaceAddress,
  file: InterfaceFile,
): readonly (readonly [string, string])[] {
  const key = keyOf(each);
  if (key === null || each.octavia_owned === false) return [];
  if (!key.includes(':')) return [[key, key]];
  // The network service has given the address to this port alone. Duplicate detection would keep HAProxy from
  // binding it for a second, and after a failover a dying amphora could keep it from its successor for good.
  const isUnwilling = each.octavia_owned === true && hasOwnBeside(each, file);
  return [[key, `${key} nodad${isUnwilling ? ' preferred_lft 0' : ''}`]];
}

/**
 * Whether the port has an address of its own in the VIP's subnet. Members are then dialled from there: the kernel
 * would take the VIP, and their replies would go to whichever amphora has it by then.
 */
function hasOwnBeside({ address = '' }: InterfaceAddress, file: InterfaceFile): boolean {
  const vip = parseAddress(address);
  return file.addresses.some((other) => {
    const own = parseNetwork(`${other.address}/${other.prefixlen}`);
    if (own === null || vip === null || own.family !== vip.family) return false;
    const hostBits = BigInt(hostPrefixLength(own) - own.prefixLength);
    return hostBits > 0n && own.value >> hostBits === vip.value >> hostBits;
  });
}

function keyOf({ address, prefixlen }: InterfaceAddress): string | null {
  const parsed = address === undefined ? null : parseAddress(address);
  return parsed === null ? null : `${exploded(parsed)}/${prefixlen}`;
}

function presentKey(each: LinkAddress): string {
  const parsed = parseAddress(each.address);
  return `${parsed === null ? each.address : exploded(parsed)}/${each.prefixLength}`;
}

function isOurs(each: LinkAddress): boolean {
  return !each.isDynamic && !(each.family === 6 && each.scope !== 'global');
}
