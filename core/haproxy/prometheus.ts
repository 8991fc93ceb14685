import { ListenerProtocol } from '../domain/listener.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import type { HaproxyContext } from './context.ts';
import { section } from './section.ts';
import { servedListeners } from './served-tree.ts';
import { featuresOf } from './version.ts';

/** To which every PROMETHEUS listener sends its requests. */
export const EXPORTER_BACKEND = 'prometheus-exporter-internal';

const EXPORTER_ENDPOINT = '127.0.0.1:9101';
/** The agent's proxy, which turns HAProxy's metrics at the endpoint above into Octavia's. */
const METRICS_PROXY = '127.0.0.1:9102';

/** The way from a PROMETHEUS listener to HAProxy's own exporter and back; empty text without such a listener. */
export function renderPrometheus(tree: LoadBalancerTree, context: HaproxyContext): string {
  const isWanted = servedListeners(tree).some(
    (listener) => listener.protocol === ListenerProtocol.Prometheus,
  );
  if (!isWanted || !featuresOf(context.haproxyVersion).hasExporter) return '';
  const endpoint = section('frontend prometheus-exporter-internal-endpoint', [
    `bind ${EXPORTER_ENDPOINT}`,
    'mode http',
    'no log',
    'http-request use-service prometheus-exporter if { path /metrics }',
    'http-request reject',
    'timeout http-request 5s',
    'timeout client 5s',
  ]);
  const backend = section(`backend ${EXPORTER_BACKEND}`, [
    'mode http',
    'no log',
    'balance first',
    'timeout connect 5s',
    'timeout server 5s',
    `server prometheus-internal ${METRICS_PROXY}`,
  ]);
  return `${endpoint}\n${backend}`;
}
