import type { Amphora } from '#core/domain/amphora.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { isLeaving } from '#core/domain/status.ts';
import {
  type HaproxyPaths,
  type MachineDetails,
  NO_MACHINE_DETAILS,
} from '#core/haproxy/context.ts';
import { haproxyListeners } from '#core/haproxy/served-tree.ts';
import type { RefusedListener } from '#core/ports/amphora.ts';
import { readDetails, readInfo } from './agent-details.ts';
import type { AgentSession } from './agent-session.ts';
import { deleteFile, uploadFile } from './certificate-sync.ts';
import { uploadHaproxy } from './haproxy-upload.ts';
import type { AmphoraRestOptions } from './options.ts';
import { gatherTlsMaterial, type TlsMaterial } from './tls-material.ts';
import { applyLvsListeners } from './udp.ts';

/**
 * Makes the amphora serve the tree: what it must read first, then the configuration, then the reload. A listener that
 * cannot be written, or that HAProxy's checker refuses, is left out; with none left the amphora goes on with what it has.
 */
export async function applyTree(
  session: AgentSession,
  amphora: Amphora,
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<readonly RefusedListener[]> {
  const listeners = haproxyListeners(tree);
  if (listeners.length === 0) {
    const refused = await applyLvsListeners(session, amphora, tree, options);
    await session.ask({ method: 'DELETE', path: `listeners/${tree.id}`, accepts: [404] });
    return refused;
  }
  const paths = options.pathsOf(amphora.id);
  const info = await readInfo(session, amphora.id);
  const material = await gatherTlsMaterial(listeners, tree, paths, options);
  for (const file of material.files) await uploadFile(session, tree.id, file);
  const refused = await applyLvsListeners(session, amphora, tree, options);
  const path = `loadbalancer/${amphora.id}/${tree.id}/haproxy`;
  const uploaded = await uploadHaproxy(session, path, tree, {
    options: options.haproxy,
    paths,
    haproxyVersion: info.haproxyVersion,
    machine: ownMachine(await readDetails(session), paths),
    certificateFiles: material.names,
  });
  const allRefused = [...uploaded.refused, ...refused];
  if (!uploaded.isUploaded) return allRefused;
  await session.ask({ method: 'PUT', path: `loadbalancer/${tree.id}/reload` });
  await removeLists(session, tree, material);
  const ids = { amphora_id: amphora.id, load_balancer_id: tree.id };
  options.logger.debug({ ...ids, listeners: listeners.length }, 'configuration applied');
  return allRefused;
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
