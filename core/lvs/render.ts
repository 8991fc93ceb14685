import { isIP } from 'node:net';
import type { ListenerTree, LoadBalancerTree, PoolTree } from '../domain/load-balancer-tree.ts';
import type { LvsContext } from './context.ts';
import { servedPool } from './served-pool.ts';
import { id, ipVersionOf, port, refuse, word } from './values.ts';
import { virtualServer } from './virtual-server.ts';

/**
 * The keepalived configuration of one UDP or SCTP listener, for any amphora of its load balancer. The comments are
 * data: agents find the ids of pools and members in them. Pure: the same tree and context give the same text.
 * @throws DriverFailure (permanent) naming the object whose stored values cannot be written safely
 * @see ./testdata for what the original makes of the same trees
 */
export function renderLvs(
  listener: ListenerTree,
  tree: LoadBalancerTree,
  context: LvsContext,
): string {
  const listenerId = id(listener.id, 'listener');
  const pool = servedPool(tree, listener);
  const title = listener.isEnabled
    ? `# Configuration for Listener ${listenerId}`
    : `# Listener ${listenerId} is disabled`;
  const head = [
    `# Configuration for Loadbalancer ${id(tree.id, 'load balancer')}`,
    title,
    '',
    `net_namespace ${word(context.namespace, 'namespace')}`,
    '',
  ];
  const groups = pool === null ? [] : groupsOf(listener, pool, tree, context);
  return `${[...head, ...groups].join('\n')}\n`;
}

/** For each IP version, 4 first: the addresses that the listener has, and where what comes there is sent. */
function groupsOf(
  listener: ListenerTree,
  pool: PoolTree,
  tree: LoadBalancerTree,
  context: LvsContext,
): readonly string[] {
  const vips = vipsOf(tree);
  const listenerPort = port(listener.protocolPort, `listener ${listener.id}`);
  return ([4, 6] as const).flatMap((version) => {
    const own = vips.filter((address) => ipVersionOf(address) === version);
    if (own.length === 0) return [];
    return [
      `virtual_server_group ipv${version}-group {`,
      ...own.map((address) => `    ${address} ${listenerPort}`),
      '}',
      '',
      ...virtualServer(listener, pool, version, context),
    ];
  });
}

/** The primary VIP first: of several, a real agent counts the traffic of the first only. */
function vipsOf(tree: LoadBalancerTree): readonly string[] {
  const stored = [tree.vip.address, ...tree.additionalVips.map(({ ipAddress }) => ipAddress)];
  const what = `load balancer ${tree.id}: VIP`;
  return stored
    .filter((address) => address !== null)
    .map((address) => (isIP(address) === 0 ? refuse(what, 'must be an IP address') : address));
}
