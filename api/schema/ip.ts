import {
  exploded,
  familyOf,
  hostPrefixLength,
  type IpAddress,
  type IpNetwork,
  parseAddress,
  parseNetwork,
} from '#core/domain/ip-address.ts';

/** The shortest spelling, as in RFC 5952. */
export function shortest(address: IpAddress): string {
  if (address.family === 4) return exploded(address);
  const groups = exploded(address)
    .split(':')
    .map((group) => group.replace(/^0{1,3}/, ''));
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** `10.0.0.5/24` → `10.0.0.0/24`; a bare address is a network of its own. Null for anything else. */
export function networkOf(text: string): string | null {
  const network = parseNetwork(withPrefixLength(text));
  if (network === null) return null;
  const { family, prefixLength } = network;
  const hostBits = hostBitsOf(network);
  const value = (network.value >> hostBits) << hostBits;
  return `${shortest({ family, value })}/${prefixLength}`;
}

/** `10.0.0.0/255.0.0.0` → `10.0.0.0/8`; what has no such mask stays as it is. */
function withPrefixLength(text: string): string {
  const [address = '', suffix = '', ...more] = text.split('/');
  const mask = parseAddress(suffix);
  if (mask?.family !== 4 || familyOf(address) !== 4 || more.length > 0) return text;
  const binary = mask.value.toString(2).padStart(32, '0');
  return /^1*0*$/.test(binary) ? `${address}/${binary.replaceAll('0', '').length}` : text;
}

function hostBitsOf(network: IpNetwork): bigint {
  return BigInt(hostPrefixLength(network) - network.prefixLength);
}

/** Whether an address lies in a network given as `address/prefix`. */
export function isInNetwork(address: string, network: string): boolean {
  const [inside, around] = [parseAddress(address), parseNetwork(network)];
  if (inside === null || around === null || inside.family !== around.family) return false;
  const hostBits = hostBitsOf(around);
  return inside.value >> hostBits === around.value >> hostBits;
}

/** Whether two spellings are the same address. `::ffff:10.0.0.1` is 10.0.0.1: there a connection goes. */
export function isSameIp(a: string, b: string): boolean {
  const [first, second] = [unmapped(parseAddress(a)), unmapped(parseAddress(b))];
  return (
    first !== null &&
    second !== null &&
    first.family === second.family &&
    first.value === second.value
  );
}

function unmapped(address: IpAddress | null): IpAddress | null {
  const isMapped = address?.family === 6 && address.value >> 32n === 0xff_ffn;
  return isMapped ? { family: 4, value: address.value & 0xff_ff_ff_ffn } : address;
}
