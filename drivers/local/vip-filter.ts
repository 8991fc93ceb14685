import { DriverFailure } from '#core/domain/errors.ts';
import { addressText, type IpAddress, parseAddress } from '#core/domain/ip-address.ts';
import { transportOf } from '#core/domain/listener.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { Clock } from '#core/ports/clock.ts';
import { addressRange } from './address-range.ts';
import { CommandFailed, run } from './command.ts';

/** One port that is reachable at a VIP, from the given networks. */
export interface Opening {
  readonly transport: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  /** Empty: from everywhere. */
  readonly cidrs: readonly string[];
}

export interface VipFilter {
  readonly address: string;
  readonly openings: readonly Opening[];
}

const ATTEMPTS_MAX = 5;
const ATTEMPT_INTERVAL_MS = 50;
const FAMILIES = {
  4: { map: 'vips', keyType: 'ipv4_addr', source: 'ip saddr' },
  6: { map: 'vips6', keyType: 'ipv6_addr', source: 'ip6 saddr' },
} as const;
const NO_NEW_CONNECTION = 'tcp flags & (syn | ack) != syn accept';
const ACCEPTED = {
  4: ['ip protocol icmp accept', 'ip frag-off & 0x1fff != 0 accept', NO_NEW_CONNECTION],
  6: ['meta l4proto ipv6-icmp accept', 'frag frag-off != 0 accept', NO_NEW_CONNECTION],
} as const;

/** What a load balancer's listeners open. A listener that is being deleted opens nothing. */
export function openingsOf(tree: LoadBalancerTree): readonly Opening[] {
  return tree.listeners
    .filter(({ provisioningStatus: status }) => status !== 'PENDING_DELETE' && status !== 'DELETED')
    .map((listener) => ({
      transport: transportOf(listener.protocol).toLowerCase() as Opening['transport'],
      port: listener.protocolPort,
      cidrs: listener.allowedCidrs,
    }));
}

/**
 * The table of a cloud: what a bridge hands to a VIP goes through that VIP's chain. Only addressed packets are looked
 * at, so ARP and multicast pass; ICMP passes, for path MTU, neighbour discovery and ping; so do later fragments, which
 * carry no port; and so do the packets of a TCP connection but for its first. HAProxy dials members from an additional
 * VIP where the port has no address of its own in their subnet, and what they reply then goes to that VIP. So no
 * connection tracking is needed, which not every kernel has for bridges.
 */
export function tableCommands(table: string): readonly string[] {
  const maps = Object.values(FAMILIES).map(
    ({ map, keyType }) => `add map bridge ${table} ${map} { type ${keyType} : verdict; }`,
  );
  return [
    `add table bridge ${table}`,
    ...maps,
    `add chain bridge ${table} postrouting { type filter hook postrouting priority 0; policy accept; }`,
    `flush chain bridge ${table} postrouting`,
    `add rule bridge ${table} postrouting ip daddr vmap @${FAMILIES[4].map}`,
    `add rule bridge ${table} postrouting ip6 daddr vmap @${FAMILIES[6].map}`,
  ];
}

/** Replaces what reaches a VIP. May be run again. */
export function filterCommands(table: string, filter: VipFilter): readonly string[] {
  const vip = vipOf(filter.address);
  const chain = chainOf(vip);
  const rules = [
    ...ACCEPTED[vip.family],
    ...filter.openings.flatMap((opening) => ruleOf(opening, vip.family)),
    'drop',
  ];
  return [
    `add chain bridge ${table} ${chain}`,
    `flush chain bridge ${table} ${chain}`,
    ...rules.map((rule) => `add rule bridge ${table} ${chain} ${rule}`),
    `add element ${elementOf(table, vip)} : jump ${chain} }`,
  ];
}

/** Takes a VIP's filter away; what is to be deleted is added first, so that it may be gone already. */
export function removalCommands(table: string, address: string): readonly string[] {
  const vip = vipOf(address);
  const chain = chainOf(vip);
  return [
    `add chain bridge ${table} ${chain}`,
    `add element ${elementOf(table, vip)} : jump ${chain} }`,
    `delete element ${elementOf(table, vip)} }`,
    `flush chain bridge ${table} ${chain}`,
    `delete chain bridge ${table} ${chain}`,
  ];
}

/**
 * Runs nftables commands: all of them or none.
 * @returns null, or why this host cannot filter on bridges at all (no nft, or a kernel without it)
 * @throws CommandFailed for anything else, after some attempts while somebody else was changing the rules
 */
export async function applyRules(
  commands: readonly string[],
  clock: Clock,
): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run('nft', ['-f', '-'], `${commands.join('\n')}\n`);
      return null;
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const reason = reasonUnable(error);
      if (reason !== null) return reason;
      if (attempt >= ATTEMPTS_MAX || !/busy|interrupted/i.test(error.complaint)) throw error;
      await clock.sleep(ATTEMPT_INTERVAL_MS);
    }
  }
}

function reasonUnable(error: CommandFailed): string | null {
  if (error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT')
    return 'nft is not installed';
  if (/not supported|Protocol error/i.test(error.complaint))
    return 'the kernel has no nftables for bridges';
  return null;
}

function vipOf(address: string): IpAddress {
  const vip = parseAddress(address);
  if (vip !== null) return vip;
  throw new DriverFailure(`VIP ${JSON.stringify(address)} is neither IPv4 nor IPv6`, {
    retryable: false,
  });
}

/** Names of chains may hold dots, and no colons. */
function chainOf(vip: IpAddress): string {
  return `vip-${addressText(vip).replaceAll(':', '.')}`;
}

function elementOf(table: string, vip: IpAddress): string {
  return `bridge ${table} ${FAMILIES[vip.family].map} { ${addressText(vip)}`;
}

/** A network of the other address family cannot be the source of a packet to this VIP: its rule is left out. */
function ruleOf({ transport, port, cidrs }: Opening, family: 4 | 6): readonly string[] {
  const own = cidrs.filter((cidr) => addressRange(cidr)?.family === family);
  if (cidrs.length === 0) return [`${transport} dport ${port} accept`];
  if (own.length === 0) return [];
  const { source } = FAMILIES[family];
  return [`${transport} dport ${port} ${source} { ${own.join(', ')} } accept`];
}
