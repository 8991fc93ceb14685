import { parseNetwork } from '#core/domain/ip-address.ts';

export interface VipRule {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'vrrp';
  readonly cidr: string | null;
  readonly port: number;
}

const ALWAYS = [
  'icmp type destination-unreachable accept',
  'icmpv6 type { nd-neighbor-solicit, nd-router-advert, nd-neighbor-advert, packet-too-big, destination-unreachable } accept',
  'udp sport 67 udp dport 68 accept',
  'udp sport 547 udp dport 546 accept',
];
const HEAD = 'type filter hook input priority filter; policy drop;';

/** Before any listener exists: nothing but what an interface needs to come up. */
export const CLOSED_RULES = renderTable([chain('amphora_chain', [HEAD, ...ALWAYS])]);

/** The firewall of an SR-IOV VIP interface: the table is replaced whole, and only what a listener serves is let in. */
export function renderVipRules(interfaceName: string, rules: readonly VipRule[]): string {
  const input = [
    HEAD,
    'ct state vmap { established : accept, related : accept, invalid : drop }',
    'iif lo accept',
    'ip saddr 127.0.0.0/8 drop',
    'ip6 saddr ::1 drop',
    ...ALWAYS,
    `iifname ${interfaceName} goto amphora_vip_chain`,
  ];
  const table = renderTable([
    chain('amphora_chain', input),
    chain('amphora_vip_chain', rules.map(renderRule)),
  ]);
  return `table inet amphora_table {}\ndelete table inet amphora_table\n${table}`;
}

function renderRule({ protocol, cidr, port }: VipRule): string {
  const network = cidr === null || cidr === '0.0.0.0/0' ? null : parseNetwork(cidr);
  const source = network === null ? '' : `${network.family === 4 ? 'ip' : 'ip6'} saddr ${cidr} `;
  if (protocol === 'vrrp') return `${source}${vrrpMatch(network?.family ?? 4)} accept`;
  return `${source}${protocol.toLowerCase()} dport ${port} accept`;
}

/** `ip protocol` sees IPv4 alone: a neighbour that speaks VRRP over IPv6 would be shut out. */
function vrrpMatch(family: 4 | 6): string {
  return family === 4 ? 'ip protocol 112' : 'meta l4proto 112';
}

function chain(name: string, lines: readonly string[]): string {
  const [head = '', ...rules] = lines;
  const isHook = head.startsWith('type ');
  const all = isHook ? [`    ${head}`, ...rules.map(indented)] : lines.map(indented);
  return `  chain ${name} {\n${all.map((line) => `${line}\n`).join('')}  }\n`;
}

function indented(rule: string): string {
  return `      ${rule}`;
}

function renderTable(chains: readonly string[]): string {
  return `table inet amphora_table {\n${chains.join('')}}\n`;
}
