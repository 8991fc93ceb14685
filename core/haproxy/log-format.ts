import { type Listener, ListenerProtocol } from '../domain/listener.ts';
import type { LoadBalancer } from '../domain/load-balancer.ts';
import type { HaproxyOptions } from './context.ts';
import { word } from './escape.ts';

/** What there is only in HTTP: the request line and the status code, plain or with flags. */
const HTTP_ITEMS = /%(\{[^}]*\})?(r|ST)(?![\w])/g;

/** The operator's log line, with the ids of the load balancer's owner and of itself filled in. */
export function logFormat(
  listener: Listener,
  loadBalancer: LoadBalancer,
  options: HaproxyOptions,
): string {
  const isHttp =
    listener.protocol === ListenerProtocol.Http ||
    listener.protocol === ListenerProtocol.TerminatedHttps;
  const items = isHttp ? options.userLogFormat : options.userLogFormat.replaceAll(HTTP_ITEMS, '-');
  const filled = items
    .replaceAll(/\{\{\s*project_id\s*\}\}/g, literally(loadBalancer.projectId))
    .replaceAll(/\{\{\s*lb_id\s*\}\}/g, literally(loadBalancer.id));
  return word(filled, `user_log_format of load balancer ${loadBalancer.id}`);
}

/** A function, since `$&` in a replacement's text would mean something; `%` would begin an item of the format. */
function literally(text: string): () => string {
  return () => text.replaceAll('%', '%%');
}
