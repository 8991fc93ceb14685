import { type Listener, ListenerProtocol } from '../domain/listener.ts';
import type { ListenerTree, LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { backendName } from './backend-name.ts';
import { bindLines } from './bind.ts';
import { connectionLimit } from './connection-limit.ts';
import type { HaproxyContext } from './context.ts';
import { id } from './escape.ts';
import { l7Lines } from './l7.ts';
import { logFormat } from './log-format.ts';
import { listenerMode } from './mode.ts';
import { EXPORTER_BACKEND } from './prometheus.ts';
import { section, when } from './section.ts';
import { servedPool } from './served-tree.ts';
import { featuresOf } from './version.ts';

/** A listener. */
export function renderFrontend(
  listener: ListenerTree,
  tree: LoadBalancerTree,
  context: HaproxyContext,
): string {
  const { options } = context;
  const isTerminating = listener.protocol === ListenerProtocol.TerminatedHttps;
  const inspectMs = listener.timeoutTcpInspectMs || options.timeoutTcpInspectMs;
  const isExporting =
    listener.protocol === ListenerProtocol.Prometheus &&
    featuresOf(context.haproxyVersion).hasExporter;
  return section(`frontend ${id(listener.id, 'listener')}`, [
    `maxconn ${connectionLimit(listener, options)}`,
    ...when(isTerminating, 'redirect scheme https if !{ ssl_fc }'),
    ...when(isTerminating, ...hstsLines(listener)),
    ...bindLines(listener, tree, context),
    `mode ${listenerMode(listener)}`,
    ...l7Lines(listener, tree),
    ...defaultBackendLines(listener, tree),
    `timeout client ${listener.timeoutClientDataMs || options.timeoutClientDataMs}`,
    ...when(inspectMs > 0, `tcp-request inspect-delay ${inspectMs}`),
    ...when(isExporting, `default_backend ${EXPORTER_BACKEND}`),
    ...when(options.isConnectionLogged, `log-format ${logFormat(listener, tree, options)}`),
  ]);
}

function hstsLines(listener: Listener): readonly string[] {
  if (listener.hstsMaxAgeSeconds === null) return [];
  const policy = [
    `max-age=${listener.hstsMaxAgeSeconds};`,
    ...when(listener.hstsIncludeSubdomains, 'includeSubDomains;'),
    ...when(listener.hstsPreload, 'preload;'),
  ];
  return [`http-response set-header Strict-Transport-Security "${policy.join(' ')}"`];
}

function defaultBackendLines(listener: ListenerTree, tree: LoadBalancerTree): readonly string[] {
  const pool = servedPool(tree, listener.defaultPoolId);
  return pool === null ? [] : [`default_backend ${backendName(pool, listener)}`];
}
