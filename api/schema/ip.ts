import { isIPv4, isIPv6 } from 'node:net';

/** An address as numbers: 4 bytes, or 8 groups of 16 bits. */
export interface ParsedIp {
  readonly version: 4 | 6;
  readonly groups: readonly number[];
}

/** @returns null for anything but a dotted quad or an IPv6 address without zone and prefix */
export function parseIp(address: string): ParsedIp | null {
  if (isIPv4(address)) return { version: 4, groups: address.split('.').map(Number) };
  if (!isIPv6(address) || address.includes('%')) return null;
  return { version: 6, groups: groupsOfIpv6(address) };
}

function groupsOfIpv6(address: string): number[] {
  const quad = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = quad
    ? `${quad[1]}${pairOfBytes(quad[2], quad[3])}:${pairOfBytes(quad[4], quad[5])}`
    : address;
  const [head = '', tail] = hex.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups.map((group) => Number.parseInt(group, 16));
}

function pairOfBytes(high = '0', low = '0'): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

/** All digits, in upper case: how the fault about reserved addresses prints it. */
export function explodedIp({ version, groups }: ParsedIp): string {
  if (version === 4) return groups.join('.');
  return groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
}

/** The shortest spelling, as in RFC 5952. */
export function formatIp({ version, groups }: ParsedIp): string {
  if (version === 4) return groups.join('.');
  const run = longestZeroRun(groups);
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** `10.0.0.5/24` → `10.0.0.0/24`; a bare address is a network of its own. Null for anything else. */
export function networkOf(text: string): string | null {
  const [address = '', suffix, ...more] = text.split('/');
  const parsed = parseIp(address);
  if (parsed === null || more.length > 0) return null;
  const bits = parsed.version === 4 ? 32 : 128;
  const prefix = suffix === undefined ? bits : prefixLength(suffix, parsed.version);
  if (prefix === null || prefix > bits) return null;
  return `${formatIp(masked(parsed, prefix))}/${prefix}`;
}

function prefixLength(suffix: string, version: 4 | 6): number | null {
  if (/^\d{1,3}$/.test(suffix)) return Number(suffix);
  const mask = version === 4 ? parseIp(suffix) : null;
  if (mask === null || mask.version !== 4) return null;
  const binary = mask.groups.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(binary) ? binary.replaceAll('0', '').length : null;
}

function masked({ version, groups }: ParsedIp, prefix: number): ParsedIp {
  const width = version === 4 ? 8 : 16;
  return {
    version,
    groups: groups.map((group, index) => {
      const kept = Math.min(Math.max(prefix - index * width, 0), width);
      return group & (((1 << width) - 1) ^ ((1 << (width - kept)) - 1));
    }),
  };
}

/** Whether an address lies in a network given as `address/prefix`. */
export function isInNetwork(address: string, network: string): boolean {
  const prefix = network.split('/')[1];
  const parsed = parseIp(address);
  const other = parseIp(network.split('/')[0] ?? '');
  if (parsed === null || other === null || parsed.version !== other.version) return false;
  return networkOf(`${address}/${prefix}`) === networkOf(network);
}

/** Whether two spellings are the same address. `::ffff:10.0.0.1` is 10.0.0.1: there a connection goes. */
export function isSameIp(a: string, b: string): boolean {
  const [first, second] = [parseIp(a), parseIp(b)];
  return (
    first !== null && second !== null && formatIp(unmapped(first)) === formatIp(unmapped(second))
  );
}

function unmapped(address: ParsedIp): ParsedIp {
  const { version, groups } = address;
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped =
    version === 6 && groups[5] === 0xff_ff && groups.slice(0, 5).every((it) => it === 0);
  if (!isMapped) return address;
  return { version: 4, groups: [high >> 8, high & 0xff, low >> 8, low & 0xff] };
}
