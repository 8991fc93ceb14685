import {
  addressText,
  hostPrefixLength,
  type IpAddress,
  parseNetwork,
} from '#core/domain/ip-address.ts';

/** The addresses of a network. */
export interface AddressRange extends IpAddress {
  readonly text: string;
  readonly prefixLength: number;
}

/** @returns null for what is not a network, such as `10.1.2.3/16`: host bits must be zero */
export function addressRange(text: string): AddressRange | null {
  const network = text.includes('/') ? parseNetwork(text) : null;
  if (network === null || network.hasHostBits) return null;
  const { family, value, prefixLength } = network;
  return { family, value, text, prefixLength };
}

export function sizeOf(range: Pick<AddressRange, 'family' | 'prefixLength'>): bigint {
  return 1n << BigInt(hostPrefixLength(range) - range.prefixLength);
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  if (a.family !== b.family) return false;
  return a.value < b.value + sizeOf(b) && b.value < a.value + sizeOf(a);
}

/** The one that is the host's, and the network's gateway. */
export function firstAddress({ family, value }: AddressRange): string {
  return addressText({ family, value: value + 1n });
}
