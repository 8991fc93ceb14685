import type { ListenerTree, LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { renderBackend } from './backend.ts';
import type { HaproxyContext } from './context.ts';
import { id } from './escape.ts';
import { renderFrontend } from './frontend.ts';
import { renderDefaults, renderGlobal } from './global.ts';
import { renderPeers } from './peers.ts';
import { renderPrometheus } from './prometheus.ts';
import { servedListeners, servedPools, withoutListeners } from './served-tree.ts';
import { attempt, Unwritable, type UnwritableListener } from './unwritable.ts';

export interface WritableHaproxy {
  readonly config: string;
  /** Listeners that are not in it, since something that they need cannot be written. */
  readonly unwritable: readonly UnwritableListener[];
}

/**
 * The haproxy.cfg of one load balancer, for any of its amphorae: all listeners but those of UDP and SCTP, which LVS
 * serves. Objects that are being deleted are left out. Pure: the same tree and context give the same text.
 * @throws Unwritable naming the object whose stored values cannot be written safely
 * @see ./testdata for what the original makes of the same trees
 */
export function renderHaproxy(tree: LoadBalancerTree, context: HaproxyContext): string {
  const { config, unwritable } = renderWritable(tree, context);
  const [first] = unwritable;
  if (first !== undefined) throw new Unwritable(first.reason, first.l7PolicyId);
  return config;
}

/**
 * The same of those listeners that can be written, as if there were no others.
 * @throws Unwritable for what no listener can do without
 */
export function renderWritable(tree: LoadBalancerTree, context: HaproxyContext): WritableHaproxy {
  const listeners = tree.isEnabled ? servedListeners(tree) : [];
  const attempts = listeners.map((listener) =>
    attempt(listener.id, () => renderListener(listener, tree, context)),
  );
  const unwritable = attempts.filter((each) => typeof each !== 'string');
  const written = attempts.filter((each) => typeof each === 'string');
  const ids = new Set(unwritable.map(({ listenerId }) => listenerId));
  return { config: frame(withoutListeners(tree, ids), context, written), unwritable };
}

function renderListener(
  listener: ListenerTree,
  tree: LoadBalancerTree,
  context: HaproxyContext,
): string {
  return [
    renderFrontend(listener, tree, context),
    ...servedPools(tree, listener).map((pool) => renderBackend(pool, listener, tree, context)),
  ].join('\n');
}

/** What all listeners have in common stands before them. */
function frame(
  tree: LoadBalancerTree,
  context: HaproxyContext,
  listeners: readonly string[],
): string {
  const title = `# Configuration for loadbalancer ${id(tree.id, 'load balancer')}`;
  const sections = [
    `${title}\n${renderGlobal(tree, context)}`,
    renderDefaults(context),
    renderPeers(tree),
    renderPrometheus(tree, context),
    ...listeners,
  ];
  return sections.filter((text) => text !== '').join('\n');
}
