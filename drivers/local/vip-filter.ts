import { transportOf } from '#core/domain/listener.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { Clock } from '#core/ports/clock.ts';
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
const IPV4_CIDR = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

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
 * The table of a cloud: what a bridge hands to a VIP goes through that VIP's chain. Only addressed IPv4 packets are
 * looked at, so ARP passes; ICMP passes, for path MTU and ping; so do later fragments, which carry no port. Replies
 * never go to a VIP: HAProxy dials members from the port's own address. So no connection tracking is needed, which
 * not every kernel has for bridges.
 */
export function tableCommands(table: string): readonly string[] {
  return [
    `add table bridge ${table}`,
    `add map bridge ${table} vips { type ipv4_addr : verdict; }`,
    `add chain bridge ${table} postrouting { type filter hook postrouting priority 0; policy accept; }`,
    `flush chain bridge ${table} postrouting`,
    `add rule bridge ${table} postrouting ip daddr vmap @vips`,
  ];
}

/** Replaces what reaches a VIP. May be run again. */
export function filterCommands(table: string, filter: VipFilter): readonly string[] {
  const chain = chainOf(filter.address);
  const rules = [
    'ip protocol icmp accept',
    'ip frag-off & 0x1fff != 0 accept',
    ...filter.openings.flatMap(ruleOf),
    'drop',
  ];
  return [
    `add chain bridge ${table} ${chain}`,
    `flush chain bridge ${table} ${chain}`,
    ...rules.map((rule) => `add rule bridge ${table} ${chain} ${rule}`),
    `add element bridge ${table} vips { ${filter.address} : jump ${chain} }`,
  ];
}

/** Takes a VIP's filter away; what is to be deleted is added first, so that it may be gone already. */
export function removalCommands(table: string, address: string): readonly string[] {
  const chain = chainOf(address);
  return [
    `add chain bridge ${table} ${chain}`,
    `add element bridge ${table} vips { ${address} : jump ${chain} }`,
    `delete element bridge ${table} vips { ${address} }`,
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

function chainOf(address: string): string {
  return `vip-${address}`;
}

/** A network of the other address family cannot be the source of a packet to this VIP: its rule is left out. */
function ruleOf({ transport, port, cidrs }: Opening): readonly string[] {
  const own = cidrs.filter((cidr) => IPV4_CIDR.test(cidr));
  if (cidrs.length === 0) return [`${transport} dport ${port} accept`];
  if (own.length === 0) return [];
  return [`${transport} dport ${port} ip saddr { ${own.join(', ')} } accept`];
}
