export interface MasqueradedInterface {
  readonly name: string;
  readonly family: 4 | 6;
  readonly isSriov: boolean;
}

/**
 * The nft rules that LVS listeners need: UDP and SCTP leave with the amphora's address, TCP is HAProxy's own and not
 * worth tracking. The tables are replaced whole, in one step, so that no rule is ever there twice.
 */
export function renderMasquerade(interfaces: readonly MasqueradedInterface[]): string {
  return ([4, 6] as const)
    .map((family) =>
      renderTable(
        family,
        interfaces.filter((each) => each.family === family),
      ),
    )
    .join('');
}

function renderTable(family: 4 | 6, interfaces: readonly MasqueradedInterface[]): string {
  const [ip, table] = family === 4 ? ['ip', 'octavia-ipv4'] : ['ip6', 'octavia-ipv6'];
  const clear = `table ${ip} ${table} {}\ndelete table ${ip} ${table}\n`;
  if (interfaces.length === 0) return clear;
  const tracked = interfaces.filter((each) => !each.isSriov);
  return [
    clear,
    `table ${ip} ${table} {\n`,
    masquerade(`${ip}-udp-masq`, 'udp', interfaces),
    masquerade(`${ip}-sctp-masq`, 'sctp', interfaces),
    untracked('prerouting', 'iifname', tracked),
    untracked('output', 'oifname', tracked),
    '}\n',
  ].join('');
}

function masquerade(
  chain: string,
  protocol: string,
  interfaces: readonly MasqueradedInterface[],
): string {
  const rules = interfaces.map(
    ({ name }) => `oifname "${name}" meta l4proto ${protocol} masquerade`,
  );
  return renderChain(chain, 'type nat hook postrouting priority srcnat', rules);
}

function untracked(
  hook: 'prerouting' | 'output',
  direction: string,
  interfaces: readonly MasqueradedInterface[],
): string {
  const rules = interfaces.map(({ name }) => `${direction} "${name}" meta l4proto tcp notrack`);
  return rules.length === 0
    ? ''
    : renderChain(hook, `type filter hook ${hook} priority raw`, rules);
}

function renderChain(name: string, kind: string, rules: readonly string[]): string {
  const lines = rules.map((rule) => `    ${rule}\n`).join('');
  return `  chain ${name} {\n    ${kind}; policy accept;\n${lines}  }\n`;
}
