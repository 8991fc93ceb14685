import type { Amphora } from '#core/domain/amphora.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import {
  type HaproxyPaths,
  type MachineDetails,
  NO_MACHINE_DETAILS,
} from '#core/haproxy/context.ts';
import { renderHaproxy } from '#core/haproxy/render.ts';
import { haproxyListeners, isLeaving } from '#core/haproxy/served-tree.ts';
import { readDetails, readInfo } from './agent-details.ts';
import type { AgentSession } from './agent-session.ts';
import { deleteFile, uploadFile } from './certificate-sync.ts';
import type { AmphoraRestOptions } from './options.ts';
import { gatherTlsMaterial, type TlsMaterial } from './tls-material.ts';
import { applyLvsListeners, type RefusedListener } from './udp.ts';

/** Makes the amphora serve the tree: what it must read first, then the configuration, then the reload. */
export async function applyTree(
  session: AgentSession,
  amphora: Amphora,
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<void> {
  const listeners = haproxyListeners(tree);
  if (listeners.length === 0) {
    const refused = await applyLvsListeners(session, amphora, tree, options);
    await session.ask({ method: 'DELETE', path: `listeners/${tree.id}`, accepts: [404] });
    return failFor(refused, tree, options);
  }
  const paths = options.pathsOf(amphora.id);
  const info = await readInfo(session, amphora.id);
  const material = await gatherTlsMaterial(listeners, tree, paths, options.certificates);
  for (const file of material.files) await uploadFile(session, tree.id, file);
  const refused = await applyLvsListeners(session, amphora, tree, options);
  const config = renderHaproxy(tree, {
    options: options.haproxy,
    paths,
    haproxyVersion: info.haproxyVersion,
    machine: ownMachine(await readDetails(session), paths),
    certificateFiles: material.names,
  });
  const path = `loadbalancer/${amphora.id}/${tree.id}/haproxy`;
  await session.ask({ method: 'PUT', path, body: config });
  await session.ask({ method: 'PUT', path: `loadbalancer/${tree.id}/reload` });
  await removeLists(session, tree, material);
  const ids = { amphora_id: amphora.id, load_balancer_id: tree.id };
  options.logger.debug({ ...ids, listeners: listeners.length }, 'configuration applied');
  failFor(refused, tree, options);
}

/**
 * Where amphorae share a machine, its memory and processors are not one load balancer's to plan with: each would take
 * two fifths of what is free for its cache of TLS sessions.
 */
function ownMachine(details: MachineDetails, { serviceManager }: HaproxyPaths): MachineDetails {
  return serviceManager === 'child' ? NO_MACHINE_DETAILS : details;
}

/** The lists of listeners that are going. Their certificates go with the reload, by our agent. */
async function removeLists(
  session: AgentSession,
  tree: LoadBalancerTree,
  material: TlsMaterial,
): Promise<void> {
  const kept = new Set(material.files.map(({ name }) => name));
  const leaving = tree.listeners.filter((listener) => isLeaving(listener) && mayHaveList(listener));
  for (const { id } of leaving)
    if (!kept.has(`${id}.pem`)) await deleteFile(session, tree.id, `${id}.pem`);
}

function mayHaveList(listener: Listener): boolean {
  return listener.defaultTlsContainerRef !== null || listener.sniContainerRefs.length > 0;
}

/**
 * Only the listener that is being made or changed fails for it, so that one that cannot be served does not stop all
 * other changes of its load balancer.
 */
function failFor(
  refused: readonly RefusedListener[],
  tree: LoadBalancerTree,
  { logger }: AmphoraRestOptions,
): void {
  for (const { listener, failure } of refused) {
    const { id, provisioningStatus } = listener;
    if (
      provisioningStatus === ProvisioningStatus.PendingCreate ||
      provisioningStatus === ProvisioningStatus.PendingUpdate
    )
      throw failure;
    const ids = { load_balancer_id: tree.id, listener_id: id };
    logger.warn({ ...ids, error: failure }, 'a listener is not served as it should be');
  }
}
