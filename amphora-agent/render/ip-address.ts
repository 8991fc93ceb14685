import { isIPv4, isIPv6 } from 'node:net';

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface IpNetwork extends IpAddress {
  readonly prefixLength: number;
  readonly hasHostBits: boolean;
}

/** Null for everything that is not exactly one address; zones (`%eth0`) are not taken. */
export function parseAddress(text: string): IpAddress | null {
  if (isIPv4(text)) return { family: 4, value: numberOf(text.split('.').map(Number), 8n) };
  if (!isIPv6(text) || text.includes('%')) return null;
  return { family: 6, value: numberOf(groupsOf(text), 16n) };
}

/** `address/prefix`; an address alone is a network of one. */
export function parseNetwork(text: string): IpNetwork | null {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === null || rest.length > 0) return null;
  const bits = address.family === 4 ? 32 : 128;
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return null;
  const prefixLength = prefixText === undefined ? bits : Number(prefixText);
  if (prefixLength > bits) return null;
  const hostBits = (1n << BigInt(bits - prefixLength)) - 1n;
  return { ...address, prefixLength, hasHostBits: (address.value & hostBits) !== 0n };
}

/** Octavia's spelling in its files: IPv4 dotted, IPv6 with all eight groups of four digits. */
export function exploded({ family, value }: IpAddress): string {
  const [count, bits, radix, width] = family === 4 ? [4, 8n, 10, 1] : [8, 16n, 16, 4];
  const groups = Array.from({ length: count }, (_, index) => {
    const group = (value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n);
    return group.toString(radix).padStart(width, '0');
  });
  return groups.join(family === 4 ? '.' : ':');
}

/** Of a text that is an address or a network. */
export function familyOf(text: string): 4 | 6 {
  return text.includes(':') ? 6 : 4;
}

export function hostPrefixLength(address: IpAddress): 32 | 128 {
  return address.family === 4 ? 32 : 128;
}

/** One spelling for one network, to compare by; null for what is not a network. `default` needs the family. */
export function networkKey(text: string, family: 4 | 6): string | null {
  if (text === 'default')
    return family === 4 ? '0.0.0.0/0' : `${exploded({ family, value: 0n })}/0`;
  const network = parseNetwork(text);
  return network === null ? null : `${exploded(network)}/${network.prefixLength}`;
}

function groupsOf(text: string): readonly number[] {
  const [head = '', tail] = text.split('::');
  const left = groupList(head);
  if (tail === undefined) return left;
  const right = groupList(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function groupList(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function numberOf(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}
