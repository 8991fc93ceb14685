import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { renderBackend } from './backend.ts';
import type { HaproxyContext } from './context.ts';
import { id } from './escape.ts';
import { renderFrontend } from './frontend.ts';
import { renderDefaults, renderGlobal } from './global.ts';
import { renderPeers } from './peers.ts';
import { renderPrometheus } from './prometheus.ts';
import { servedListeners, servedPools } from './served-tree.ts';

/**
 * The haproxy.cfg of one load balancer, for any of its amphorae: all listeners but those of UDP and SCTP, which LVS
 * serves. Objects that are being deleted are left out. Pure: the same tree and context give the same text.
 * @throws DriverFailure (permanent) naming the object whose stored values cannot be written safely
 * @see ./testdata for what the original makes of the same trees
 */
export function renderHaproxy(tree: LoadBalancerTree, context: HaproxyContext): string {
  const title = `# Configuration for loadbalancer ${id(tree.id, 'load balancer')}`;
  const listeners = tree.isEnabled ? servedListeners(tree) : [];
  const sections = [
    `${title}\n${renderGlobal(tree, context)}`,
    renderDefaults(context),
    renderPeers(tree),
    renderPrometheus(tree, context),
    ...listeners.flatMap((listener) => [
      renderFrontend(listener, tree, context),
      ...servedPools(tree, listener).map((pool) => renderBackend(pool, listener, tree, context)),
    ]),
  ];
  return sections.filter((text) => text !== '').join('\n');
}
