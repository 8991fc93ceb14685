import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { ListenerTree, LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { isLeaving } from '#core/domain/status.ts';
import { IMAGE_NAMESPACE } from '#core/lvs/context.ts';
import { renderLvs } from '#core/lvs/render.ts';
import { lvsListeners } from '#core/lvs/served-pool.ts';
import type { RefusedListener } from '#core/ports/amphora.ts';
import type { AgentSession } from './agent-session.ts';
import type { AmphoraRestOptions } from './options.ts';

/**
 * Makes the amphora serve the UDP and SCTP listeners, each by itself, and forget those that are leaving. One that
 * cannot be written, or that the amphora refuses, does not keep the others from being served.
 * @throws DriverFailure (retryable) when the amphora does not answer
 */
export async function applyLvsListeners(
  session: AgentSession,
  amphora: Amphora,
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<readonly RefusedListener[]> {
  const refused: RefusedListener[] = [];
  for (const listener of lvsListeners(tree)) {
    try {
      if (isLeaving(listener)) await remove(session, listener);
      else await apply(session, amphora, listener, tree, options);
    } catch (failure) {
      if (!(failure instanceof DriverFailure) || failure.isRetryable) throw failure;
      refused.push({ listenerId: listener.id, l7PolicyId: null, reason: failure.message });
    }
  }
  return refused;
}

/** An amphora that never heard of the listener answers 200 or 404: it is gone either way. */
async function remove(session: AgentSession, { id }: ListenerTree): Promise<void> {
  await session.ask({ method: 'DELETE', path: `listeners/${id}`, accepts: [404] });
}

async function apply(
  session: AgentSession,
  amphora: Amphora,
  listener: ListenerTree,
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<void> {
  const { basePath, haproxyNamespace = IMAGE_NAMESPACE } = options.pathsOf(amphora.id);
  const body = renderLvs(listener, tree, { basePath, namespace: haproxyNamespace });
  const path = `listeners/${amphora.id}/${listener.id}/udp_listener`;
  await session.ask({ method: 'PUT', path, body });
  await session.ask({ method: 'PUT', path: `loadbalancer/${listener.id}/reload` });
}
