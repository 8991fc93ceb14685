import { DriverFailure, OctaviaError } from '#core/domain/errors.ts';
import type { ListenerTree, LoadBalancerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import { hasCertificate } from '#core/haproxy/bind.ts';
import type { HaproxyPaths } from '#core/haproxy/context.ts';
import { usedPools } from '#core/haproxy/served-tree.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import type { AmphoraRestOptions } from './options.ts';
import { containerFile, crtListFile, secretFile, type TlsFile } from './tls-files.ts';

/** All that listeners need beside their configuration. */
export interface TlsMaterial {
  /** In the order in which they are uploaded; a file that two need is there once. */
  readonly files: readonly TlsFile[];
  /** Reference → name of its file, of those that can be read. */
  readonly names: ReadonlyMap<string, string>;
}

type Kind = 'container' | 'secret';

/**
 * Fetches certificates, CAs and revocation lists: per listener its own, the list of them, those of its clients, then
 * those of its pools. What cannot be read is missing among the names, and said in the log: the listeners that need it
 * cannot be written, the others can.
 */
export async function gatherTlsMaterial(
  listeners: readonly ListenerTree[],
  tree: LoadBalancerTree,
  paths: HaproxyPaths,
  { certificates, logger }: Pick<AmphoraRestOptions, 'certificates' | 'logger'>,
): Promise<TlsMaterial> {
  const files = new Map<string, TlsFile>();
  const names = new Map<string, string>();
  const seen = new Set<string>();
  const readFile = readableBy(tree.projectId, certificates);

  const fetchFile = async (ref: string | null, kind: Kind): Promise<void> => {
    if (ref === null || seen.has(ref)) return;
    seen.add(ref);
    const file = await readFile(ref, kind);
    if (typeof file === 'string') {
      logger.warn({ load_balancer_id: tree.id, ref, reason: file }, 'a certificate cannot be read');
      return;
    }
    names.set(ref, file.name);
    files.set(file.name, file);
  };

  for (const listener of listeners) {
    const served = [listener.defaultTlsContainerRef, ...listener.sniContainerRefs];
    for (const ref of served) await fetchFile(ref, 'container');
    if (hasCertificate(listener)) {
      const list = crtListFile(listener.id, pathsOf(served, names, tree.id, paths));
      files.set(list.name, list);
    }
    await fetchFile(listener.clientCaTlsContainerRef, 'secret');
    await fetchFile(listener.clientCrlContainerRef, 'secret');
    for (const pool of usedPools(tree, listener))
      for (const [ref, kind] of refsOf(pool)) await fetchFile(ref, kind);
  }
  return { files: [...files.values()], names };
}

function refsOf(pool: PoolTree): readonly (readonly [string | null, Kind])[] {
  return [
    [pool.tlsContainerRef, 'container'],
    [pool.caTlsContainerRef, 'secret'],
    [pool.crlContainerRef, 'secret'],
  ];
}

function pathsOf(
  refs: readonly (string | null)[],
  names: ReadonlyMap<string, string>,
  loadBalancerId: string,
  { baseCertDir }: HaproxyPaths,
): readonly string[] {
  const files = refs.map((ref) => (ref === null ? undefined : names.get(ref)));
  return [...new Set(files)]
    .filter((name) => name !== undefined)
    .map((name) => `${baseCertDir}/${loadBalancerId}/${name}`);
}

/** @returns the file, or why it cannot be read; a manager that is away is no reason, but a failure */
type Reader = (ref: string, kind: Kind) => Promise<TlsFile | string>;

function readableBy(projectId: string, manager: CertificateManager): Reader {
  const read = async (ref: string, kind: Kind): Promise<TlsFile | null> => {
    if (kind === 'secret') {
      const secret = await manager.getSecret(ref, projectId);
      return secret === null ? null : secretFile(secret);
    }
    const container = await manager.getTlsContainer(ref, projectId);
    return container === null ? null : containerFile(container, ref);
  };
  return async (ref, kind) => {
    try {
      return (await read(ref, kind)) ?? `there is no such ${kind} in project ${projectId}`;
    } catch (error) {
      if (error instanceof OctaviaError) return error.message;
      if (error instanceof DriverFailure && !error.isRetryable) return error.message;
      throw error;
    }
  };
}
