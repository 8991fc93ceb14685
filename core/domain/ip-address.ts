export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface IpNetwork extends IpAddress {
  readonly prefixLength: number;
  readonly hasHostBits: boolean;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const IPV6_GROUPS = 8;

/** Null for everything that is not exactly one address; zones (`%eth0`) are not taken. */
export function parseAddress(text: string): IpAddress | null {
  const bytes = bytesOf(text);
  if (bytes !== null) return { family: 4, value: numberOf(bytes, 8n) };
  const groups = groupsOf(text);
  return groups === null ? null : { family: 6, value: numberOf(groups, 16n) };
}

/** `address/prefix`; an address alone is a network of one. */
export function parseNetwork(text: string): IpNetwork | null {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === null || rest.length > 0) return null;
  const bits = hostPrefixLength(address);
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return null;
  const prefixLength = prefixText === undefined ? bits : Number(prefixText);
  if (prefixLength > bits) return null;
  const hostBits = (1n << BigInt(bits - prefixLength)) - 1n;
  return { ...address, prefixLength, hasHostBits: (address.value & hostBits) !== 0n };
}

/** Octavia's spelling in its files: IPv4 dotted, IPv6 with all eight groups of four digits. */
export function exploded(address: IpAddress): string {
  return spelt(address, 4);
}

/** IPv4 dotted, IPv6 with all of its groups, each as short as it can be: one spelling for one address. */
export function addressText(address: IpAddress): string {
  return spelt(address, 1);
}

/** Of a text that is an address or a network. */
export function familyOf(text: string): 4 | 6 {
  return text.includes(':') ? 6 : 4;
}

/** How many bits an address has. */
export function hostPrefixLength({ family }: Pick<IpAddress, 'family'>): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** One spelling for one network, to compare by; null for what is not a network. `default` needs the family. */
export function networkKey(text: string, family: 4 | 6): string | null {
  if (text === 'default')
    return family === 4 ? '0.0.0.0/0' : `${exploded({ family, value: 0n })}/0`;
  const network = parseNetwork(text);
  return network === null ? null : `${exploded(network)}/${network.prefixLength}`;
}

function spelt({ family, value }: IpAddress, digits: number): string {
  const [count, bits, radix, width] =
    family === 4 ? [4, 8n, 10, 1] : [IPV6_GROUPS, 16n, 16, digits];
  const groups = Array.from({ length: count }, (_, index) => {
    const group = (value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n);
    return group.toString(radix).padStart(width, '0');
  });
  return groups.join(family === 4 ? '.' : ':');
}

function bytesOf(text: string): readonly number[] | null {
  return IPV4.test(text) ? text.split('.').map(Number) : null;
}

/** `::` stands for one group of zeros or more. */
function groupsOf(text: string): readonly number[] | null {
  const [head = '', tail, ...rest] = text.split('::');
  const left = groupList(head, tail === undefined);
  const right = groupList(tail ?? '', true);
  if (left === null || right === null || rest.length > 0) return null;
  const missing = IPV6_GROUPS - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  return [...left, ...Array.from({ length: missing }, () => 0), ...right];
}

/** @param isLast whether the address ends here: its last two groups may be written as IPv4 */
function groupList(text: string, isLast: boolean): readonly number[] | null {
  if (text === '') return [];
  const words = text.split(':');
  const bytes = isLast ? bytesOf(words.at(-1) ?? '') : null;
  const hexes = bytes === null ? words : words.slice(0, -1);
  if (!hexes.every((word) => IPV6_GROUP.test(word))) return null;
  const groups = hexes.map((word) => Number.parseInt(word, 16));
  if (bytes === null) return groups;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [...groups, a * 256 + b, c * 256 + d];
}

function numberOf(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}
