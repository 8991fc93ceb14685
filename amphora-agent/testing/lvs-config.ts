import { randomUUID } from 'node:crypto';

export interface LvsGiven {
  readonly vips: readonly string[];
  readonly port: number;
  readonly members: readonly LvsMemberGiven[];
  readonly listenerId?: string;
  readonly poolId?: string;
  readonly protocol?: 'UDP' | 'SCTP';
  /** Lines of the virtual server: `lb_algo`, persistence, pace of checks. */
  readonly lines?: readonly string[];
  readonly disabledMembers?: readonly string[];
}

export interface LvsMemberGiven {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly weight?: number;
  /** Further lines, a checker for example. */
  readonly lines?: readonly string[];
}

export interface LvsConfig {
  readonly listenerId: string;
  readonly poolId: string;
  readonly text: string;
}

/** A configuration as the original's controller sends it, for addresses of one IP version. */
export function lvsConfig(given: LvsGiven): LvsConfig {
  const { listenerId = randomUUID(), poolId = randomUUID() } = given;
  const { vips, port, members, protocol = 'UDP', lines = ['lb_algo wrr'] } = given;
  const disabled = given.disabledMembers ?? [];
  const text = `# Configuration for Loadbalancer ${randomUUID()}
# Configuration for Listener ${listenerId}

net_namespace amphora-haproxy

virtual_server_group ipv4-group {
${vips.map((vip) => `    ${vip} ${port}\n`).join('')}}

virtual_server group ipv4-group {
${lines.map((line) => `    ${line}\n`).join('')}    lb_kind NAT
    protocol ${protocol}

    # Configuration for Pool ${poolId}
${members.map(realServer).join('')}${disabled.map((id) => `    # Member ${id} is disabled\n`).join('')}}
`;
  return { listenerId, poolId, text };
}

function realServer({ id, address, port, weight = 1, lines = [] }: LvsMemberGiven): string {
  return `    # Configuration for Member ${id}
    real_server ${address} ${port} {
        weight ${weight}
${lines.map((line) => `        ${line}\n`).join('')}    }

`;
}
