import type { Database } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { type AddressRange, addressRange, overlaps, sizeOf } from './address-range.ts';
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
  /**
   * Tenant networks, each `name=cidr` with an IPv4 range, or `name=cidr+cidr` with an IPv6 range besides; the first
   * address of a range is the host's and the gateway.
   */
  readonly networks: readonly string[];
  /** What VIPs may be limited to, each `name=direction:max_kbps[:max_burst_kbps]`, with `+` for the other direction. */
  readonly qosPolicies: readonly string[];
  /** Program and arguments that start an agent; `--config-file FILE` is appended. */
  readonly agentCommand: readonly string[];
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface NamedNetwork {
  readonly name: string;
  /** IPv4, then IPv6 if the network has any: a subnet each. */
  readonly ranges: readonly [AddressRange] | readonly [AddressRange, AddressRange];
}

export const LB_NETWORK_NAME = 'lb-mgmt-net';

const ADDRESSES_MIN = 8n;

/**
 * Reads the networks of a cloud: the LB network first.
 * @throws Error naming the option, the value and what would be right
 */
export function networksOf(options: LocalCloudOptions): readonly NamedNetwork[] {
  assertPrefix(options.namePrefix);
  const networks: readonly NamedNetwork[] = [
    { name: LB_NETWORK_NAME, ranges: [ipv4Range('lb_network_cidr', options.lbNetworkCidr)] },
    ...options.networks.map(parseNetwork),
  ];
  for (const [index, network] of networks.entries()) {
    for (const other of networks.slice(index + 1)) assertApart(network, other);
  }
  return networks;
}

function parseNetwork(text: string): NamedNetwork {
  const [, name, cidr, cidr6] =
    /^([a-z][a-z0-9_-]{0,31})=([^\s+]+)(?:\+([^\s+]+))?$/.exec(text) ?? [];
  if (name === undefined || cidr === undefined || name === LB_NETWORK_NAME)
    throw new Error(
      `[local_cloud] networks has "${text}"; it must be name=cidr, as in private=10.99.0.0/20, with +cidr for IPv6, as in private=10.99.0.0/20+fd00:99::/64, and with a name other than ${LB_NETWORK_NAME}`,
    );
  const first = ipv4Range('networks', cidr);
  return { name, ranges: cidr6 === undefined ? [first] : [first, ipv6Range('networks', cidr6)] };
}

function ipv4Range(option: string, text: string): AddressRange {
  return rangeOf(option, text, 4, 'an IPv4 network', '10.99.0.0/20');
}

function ipv6Range(option: string, text: string): AddressRange {
  return rangeOf(option, text, 6, 'an IPv6 network', 'fd00:99::/64');
}

function rangeOf(
  option: string,
  text: string,
  family: 4 | 6,
  what: string,
  example: string,
): AddressRange {
  const range = addressRange(text);
  if (range?.family === family && sizeOf(range) >= ADDRESSES_MIN) return range;
  throw new Error(
    `[local_cloud] ${option} has "${text}"; it must be ${what} of at least ${ADDRESSES_MIN} addresses without host bits, as in ${example}`,
  );
}

function assertApart(a: NamedNetwork, b: NamedNetwork): void {
  if (a.name === b.name)
    throw new Error(`[local_cloud] networks names ${a.name} twice; each needs a name of its own`);
  for (const range of a.ranges) {
    const other = b.ranges.find((each) => overlaps(each, range));
    if (other !== undefined)
      throw new Error(
        `[local_cloud] ${a.name} (${range.text}) and ${b.name} (${other.text}) overlap; the host reaches both, so they must be apart`,
      );
  }
}
