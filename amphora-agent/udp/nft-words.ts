import type { LvsService, Persistence } from './lvs-listener.ts';
import type { MarkedMember } from './member-mark.ts';

/** One service with the state its rules depend on. */
export interface ServedService {
  readonly service: LvsService;
  /** Those that live, with a weight or without. */
  readonly members: readonly MarkedMember[];
  /** For least connections: how many a member has. */
  readonly activeOf: (mark: number) => number;
}

/** The same in the words of nft. */
export interface Words {
  readonly version: 4 | 6;
  readonly ip: 'ip' | 'ip6';
  readonly protocol: string;
  readonly destination: string;
  readonly originally: string;
  /** The part of a client's address that is remembered. */
  readonly client: string;
  /** The same as bytes of the packet, which is all that can be hashed; null when that is less than a byte. */
  readonly clientBytes: string | null;
}

export function wordsOf({ version, protocol, vips, persistence }: LvsService): Words {
  const ip = version === 4 ? 'ip' : 'ip6';
  const addresses = `{ ${[...new Set(vips.map(({ address }) => address))].join(', ')} }`;
  const ports = `{ ${[...new Set(vips.map(({ port }) => port))].join(', ')} }`;
  return {
    version,
    ip,
    protocol,
    destination: `${ip} daddr ${addresses} ${protocol} dport ${ports}`,
    originally: `meta l4proto ${protocol} ct original ${ip} daddr ${addresses} ct original proto-dst ${ports}`,
    client: persistence === null ? '' : `${ip} saddr & ${maskOf(persistence, version)}`,
    clientBytes: persistence === null ? null : bytesOf(persistence, version),
  };
}

/** The limits that members have, each once. */
export function limitsOf(members: readonly MarkedMember[]): readonly number[] {
  return [...new Set(members.map(({ connectionsMax }) => connectionsMax))].filter(
    (limit) => limit !== null,
  );
}

export function setOf(members: readonly MarkedMember[]): string {
  return `{ ${members.map(({ mark }) => mark).join(', ')} }`;
}

/** Where the client's address begins in the header of a packet, in bits. */
const SOURCE_AT = { 4: 96, 6: 64 } as const;

function bytesOf({ prefixLength }: Persistence, version: 4 | 6): string | null {
  const bits = prefixLength - (prefixLength % 8);
  return bits === 0 ? null : `@nh,${SOURCE_AT[version]},${bits}`;
}

function maskOf({ prefixLength }: Persistence, version: 4 | 6): string {
  const bits = (version === 4 ? 32 : 128) - prefixLength;
  const all = (1n << BigInt(version === 4 ? 32 : 128)) - 1n;
  const mask = all ^ ((1n << BigInt(bits)) - 1n);
  const hex = mask.toString(16).padStart(version === 4 ? 8 : 32, '0');
  if (version === 6) return (hex.match(/.{4}/g) ?? []).join(':');
  return (hex.match(/.{2}/g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}
