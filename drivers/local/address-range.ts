import { isIPv4, isIPv6 } from 'node:net';

export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** The addresses of a network. */
export interface AddressRange extends Address {
  readonly text: string;
  readonly prefixLength: number;
}

/** @returns null for what is not exactly one address; zones (`%eth0`) are not taken */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { version: 4, value: joined(text.split('.').map(Number), 8n) };
  if (!isIPv6(text) || text.includes('%')) return null;
  return { version: 6, value: joined(groupsOf(text), 16n) };
}

/** @returns null for what is not a network, such as `10.1.2.3/16`: host bits must be zero */
export function addressRange(text: string): AddressRange | null {
  const [, first, length] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(first ?? '');
  const prefixLength = Number(length);
  if (address === null || prefixLength > bitsOf(address)) return null;
  const range = { ...address, text, prefixLength };
  return address.value % sizeOf(range) === 0n ? range : null;
}

export function sizeOf({ version, prefixLength }: Omit<AddressRange, 'text' | 'value'>): bigint {
  return 1n << BigInt(bitsOf({ version }) - prefixLength);
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  if (a.version !== b.version) return false;
  return a.value < b.value + sizeOf(b) && b.value < a.value + sizeOf(a);
}

/** The one that is the host's, and the network's gateway. */
export function firstAddress({ version, value }: AddressRange): string {
  return addressText({ version, value: value + 1n });
}

/** IPv4 dotted, IPv6 with all of its groups: one spelling for one address. */
export function addressText({ version, value }: Address): string {
  const [count, bits, radix] = version === 4 ? [4, 8n, 10] : [8, 16n, 16];
  const groups = Array.from({ length: count }, (_, index) =>
    ((value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n)).toString(radix),
  );
  return groups.join(version === 4 ? '.' : ':');
}

function bitsOf({ version }: Pick<Address, 'version'>): number {
  return version === 4 ? 32 : 128;
}

function groupsOf(text: string): readonly number[] {
  const [left = [], right] = text.split('::').map(groupList);
  if (right === undefined) return left;
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

/** The last two groups may be an IPv4 address. */
function groupList(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function joined(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}
