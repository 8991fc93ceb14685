import { DriverFailure, OctaviaError } from '#core/domain/errors.ts';
import type { ListenerTree, LoadBalancerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import { hasCertificate } from '#core/haproxy/bind.ts';
import type { HaproxyPaths } from '#core/haproxy/context.ts';
import { usedPools } from '#core/haproxy/served-tree.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import { containerFile, crtListFile, secretFile, type TlsFile } from './tls-files.ts';

/** All that listeners need beside their configuration. */
export interface TlsMaterial {
  /** In the order in which they are uploaded; a file that two need is there once. */
  readonly files: readonly TlsFile[];
  /** Reference → name of its file. */
  readonly names: ReadonlyMap<string, string>;
}

type Kind = 'container' | 'secret';

/**
 * Fetches certificates, CAs and revocation lists: per listener its own, the list of them, those of its clients, then
 * those of its pools.
 * @throws DriverFailure (permanent) naming the listener or pool and the reference that cannot be read
 */
export async function gatherTlsMaterial(
  listeners: readonly ListenerTree[],
  tree: LoadBalancerTree,
  paths: HaproxyPaths,
  manager: CertificateManager,
): Promise<TlsMaterial> {
  const files = new Map<string, TlsFile>();
  const own = readableBy(tree.projectId, manager);
  const names = new Map<string, string>();

  const fetchFile = async (ref: string | null, kind: Kind, owner: string): Promise<void> => {
    if (ref === null || names.has(ref)) return;
    const file = await fileOf(ref, kind, owner, own);
    names.set(ref, file.name);
    files.set(file.name, file);
  };

  for (const listener of listeners) {
    const owner = `listener ${listener.id}`;
    const served = [listener.defaultTlsContainerRef, ...listener.sniContainerRefs];
    for (const ref of served) await fetchFile(ref, 'container', owner);
    if (hasCertificate(listener)) {
      const list = crtListFile(listener.id, pathsOf(served, names, tree.id, paths));
      files.set(list.name, list);
    }
    await fetchFile(listener.clientCaTlsContainerRef, 'secret', owner);
    await fetchFile(listener.clientCrlContainerRef, 'secret', owner);
    for (const pool of usedPools(tree, listener)) {
      for (const [ref, kind] of refsOf(pool)) await fetchFile(ref, kind, `pool ${pool.id}`);
    }
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

/** @returns null for what the project may not read */
type Reader = (ref: string, kind: Kind) => Promise<TlsFile | null>;

function readableBy(projectId: string, manager: CertificateManager): Reader {
  return async (ref, kind) => {
    if (kind === 'secret') {
      const secret = await manager.getSecret(ref, projectId);
      return secret === null ? null : secretFile(secret);
    }
    const container = await manager.getTlsContainer(ref, projectId);
    return container === null ? null : containerFile(container, ref);
  };
}

async function fileOf(ref: string, kind: Kind, owner: string, own: Reader): Promise<TlsFile> {
  try {
    const file = await own(ref, kind);
    if (file !== null) return file;
  } catch (error) {
    if (!(error instanceof OctaviaError)) throw error;
    throw unreadable(ref, owner, error.message);
  }
  throw unreadable(ref, owner, 'which does not exist in its project or may not be read');
}

function unreadable(ref: string, owner: string, why: string): DriverFailure {
  return new DriverFailure(`${owner} needs ${JSON.stringify(ref)}, ${why}`, { retryable: false });
}
