import type { Database } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { assertPrefix } from './names.ts';

/** The same for the cloud and for both of its drivers, in whatever processes they live. */
export interface LocalCloudOptions {
  readonly database: Database;
  /** 1 to 4 lower case letters: begins the name of every namespace, bridge, link and table of this cloud. */
  readonly namePrefix: string;
  /** Absolute. Files of the amphorae, one folder each. */
  readonly dataDir: string;
  /** LB network, IPv4; its first address is the host's. */
  readonly lbNetworkCidr: string;
  /** Tenant networks, each `name=cidr`, IPv4; the first address is the host's and the gateway. */
  readonly networks: readonly string[];
  /** Program and arguments that start an agent; `--config-file FILE` is appended. */
  readonly agentCommand: readonly string[];
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface NamedNetwork {
  readonly name: string;
  readonly cidr: Ipv4Range;
}

export interface Ipv4Range {
  readonly text: string;
  readonly first: number;
  readonly size: number;
}

export const LB_NETWORK_NAME = 'lb-mgmt-net';

const ADDRESSES_MIN = 8;

/**
 * Reads the networks of a cloud: the LB network first.
 * @throws Error naming the option, the value and what would be right
 */
export function networksOf(options: LocalCloudOptions): readonly NamedNetwork[] {
  assertPrefix(options.namePrefix);
  const networks = [
    { name: LB_NETWORK_NAME, cidr: parseRange('lb_network_cidr', options.lbNetworkCidr) },
    ...options.networks.map(parseNetwork),
  ];
  for (const [index, network] of networks.entries()) {
    for (const other of networks.slice(index + 1)) assertApart(network, other);
  }
  return networks;
}

export function overlaps(a: Ipv4Range, b: Ipv4Range): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** @returns null for what is not an IPv4 network, such as `10.1.2.3/16`: host bits must be zero */
export function ipv4Range(text: string): Ipv4Range | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return null;
  const [a, b, c, d, length] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (Math.max(a, b, c, d) > 255 || length > 32) return null;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - length);
  return first % size === 0 ? { text, first, size } : null;
}

function parseNetwork(text: string): NamedNetwork {
  const [, name, cidr] = /^([a-z][a-z0-9_-]{0,31})=(\S+)$/.exec(text) ?? [];
  if (name === undefined || cidr === undefined || name === LB_NETWORK_NAME)
    throw new Error(
      `[local_cloud] networks has "${text}"; it must be name=cidr, as in private=10.99.0.0/20, with a name other than ${LB_NETWORK_NAME}`,
    );
  return { name, cidr: parseRange('networks', cidr) };
}

function parseRange(option: string, text: string): Ipv4Range {
  const range = ipv4Range(text);
  if (range === null || range.size < ADDRESSES_MIN)
    throw new Error(
      `[local_cloud] ${option} has "${text}"; it must be an IPv4 network of at least ${ADDRESSES_MIN} addresses without host bits, as in 10.99.0.0/20`,
    );
  return range;
}

function assertApart(a: NamedNetwork, b: NamedNetwork): void {
  if (a.name === b.name)
    throw new Error(`[local_cloud] networks names ${a.name} twice; each needs a name of its own`);
  if (overlaps(a.cidr, b.cidr))
    throw new Error(
      `[local_cloud] ${a.name} (${a.cidr.text}) and ${b.name} (${b.cidr.text}) overlap; the host reaches both, so they must be apart`,
    );
}
