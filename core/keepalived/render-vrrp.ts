import { isIP } from 'node:net';
import { join } from 'node:path/posix';
import type { Amphora } from '../domain/amphora.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { block } from './block.ts';
import { vipRoutes, vipRules } from './vip-routing.ts';
import type { VrrpContext } from './vrrp-context.ts';
import { peersOf } from './vrrp-peers.ts';
import { timingOf } from './vrrp-timing.ts';
import { folderOf, ipAddress, matching } from './word.ts';

const SCRIPT = 'check_script';

/**
 * keepalived's configuration of one of the two amphorae: who it is, who the other is, what moves with the VIP, and by
 * what it finds out that its HAProxy does not serve.
 * @throws DriverFailure (permanent) for a value that cannot be written
 */
export function renderVrrp(amphora: Amphora, tree: LoadBalancerTree, context: VrrpContext): string {
  const name = matching(tree.id, /^[0-9a-f-]{36}$/i, 'id of the load balancer', 'a UUID');
  const head = `vrrp_instance ${name.replaceAll('-', '')}`;
  const timing = timingOf(context);
  const script = join(folderOf(context.basePath), 'vrrp', 'check_script.sh');
  const lines = [
    ...timing.process,
    ...block(`vrrp_script ${SCRIPT}`, [`script ${script}`, ...timing.check]),
    '',
    ...block(head, instanceLines(amphora, tree, context)),
  ];
  return `${lines.join('\n')}\n`;
}

function instanceLines(
  amphora: Amphora,
  tree: LoadBalancerTree,
  context: VrrpContext,
): readonly string[] {
  const { interfaceName: device, vips } = context;
  const what = `amphora ${amphora.id}:`;
  const own = ipAddress(amphora.vrrpIp, `${what} vrrp_ip`);
  const peers = peersOf(amphora, tree);
  const addresses = vips.map(({ address }) => ipAddress(address, `VIP of ${tree.id}`));
  const isAdvertised = (address: string): boolean => isIP(address) === isIP(own);
  return [
    `interface ${matching(device, /^[\w.-]{1,15}$/, `${what} interface of its VIP`, 'a name')}`,
    `virtual_router_id ${amphora.vrrpId ?? 1}`,
    `priority ${priorityOf(amphora)}`,
    // Whoever serves goes on serving: a repaired amphora that took the VIP back would break every connection.
    'nopreempt',
    'accept',
    ...timingOf(context).instance,
    '',
    `unicast_src_ip ${own}`,
    ...block('unicast_peer', peers),
    '',
    ...block('virtual_ipaddress', addresses.filter(isAdvertised)),
    '',
    ...block(
      'virtual_ipaddress_excluded',
      addresses.filter((address) => !isAdvertised(address)),
    ),
    '',
    ...block(
      'virtual_routes',
      vips.flatMap((vip) => vipRoutes(vip, device)),
    ),
    '',
    ...block('virtual_rules', addresses.map(vipRules)),
    '',
    ...block('track_script', [SCRIPT]),
  ];
}

const PRIORITIES = { MASTER: 100, BACKUP: 90, STANDALONE: 100 } as const;

function priorityOf({ vrrpPriority, role }: Amphora): number {
  return vrrpPriority ?? PRIORITIES[role ?? 'BACKUP'];
}
