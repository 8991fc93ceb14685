import type { ListenerTree, LoadBalancerTree, PoolTree } from '../domain/load-balancer-tree.ts';
import { isLeaving } from '../domain/status.ts';
import { backendName } from './backend-name.ts';
import { balanceLines } from './balance.ts';
import { connectionLimit } from './connection-limit.ts';
import type { HaproxyContext } from './context.ts';
import { id } from './escape.ts';
import { insertHeaderLines } from './insert-headers.ts';
import { poolMode } from './mode.ts';
import { monitorLines } from './monitor.ts';
import { persistenceLines } from './persistence.ts';
import { section, when } from './section.ts';
import { servedMonitor } from './served-tree.ts';
import { serverLine } from './server-line.ts';
import { featuresOf } from './version.ts';

/** A pool, as one listener uses it. */
export function renderBackend(
  pool: PoolTree,
  listener: ListenerTree,
  tree: LoadBalancerTree,
  context: HaproxyContext,
): string {
  const { options } = context;
  const features = featuresOf(context.haproxyVersion);
  const mode = poolMode(pool, listener);
  const monitor = servedMonitor(pool);
  const members = pool.members.filter((member) => !isLeaving(member));
  id(pool.id, 'pool');
  return section(`backend ${backendName(pool, listener)}`, [
    `mode ${mode}`,
    ...when(mode === 'http' && features.hasServerState, 'http-reuse safe'),
    ...balanceLines(pool.lbAlgorithm, features),
    ...persistenceLines(pool, tree, options),
    ...(monitor === null ? [] : monitorLines(monitor, context)),
    ...insertHeaderLines(listener, pool),
    `fullconn ${connectionLimit(listener, options)}`,
    'option allbackups',
    `timeout connect ${listener.timeoutMemberConnectMs || options.timeoutMemberConnectMs}`,
    `timeout server ${listener.timeoutMemberDataMs || options.timeoutMemberDataMs}`,
    ...members.map((member) => serverLine(member, pool, listener, context)),
  ]);
}
