import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadBalancerPaths } from '../paths.ts';
import { readIfPresent, writeWhole } from './atomic-file.ts';

interface Serving {
  readonly workerPid: number;
  readonly certificates: string;
}

const MODE = 0o600;

/**
 * What each HAProxy serves, which is not what its file says once a controller has sent the next one. Known only of
 * workers that this agent made: of any other one nothing is assumed.
 */
export class ServingConfigs {
  readonly #byFolder = new Map<string, Serving>();

  /** @param certificates as they were before the worker read them */
  async note(
    paths: LoadBalancerPaths,
    workerPid: number,
    config: string,
    certificates: string,
  ): Promise<void> {
    this.#byFolder.delete(paths.folder);
    await writeWhole(paths.serving, config, MODE, false);
    this.#byFolder.set(paths.folder, { workerPid, certificates });
  }

  forget(paths: LoadBalancerPaths): void {
    this.#byFolder.delete(paths.folder);
  }

  /** The configuration that this worker serves; null when it is not known, or files that it has read are others now. */
  async of(paths: LoadBalancerPaths, workerPid: number): Promise<string | null> {
    const serving = this.#byFolder.get(paths.folder);
    if (serving?.workerPid !== workerPid) return null;
    if (serving.certificates !== (await certificatesIn(paths))) return null;
    return (await readIfPresent(paths.serving))?.toString('utf8') ?? null;
  }
}

/** Tells whether any certificate or list was written or removed; their contents stay where they are. */
export async function certificatesIn(paths: LoadBalancerPaths): Promise<string> {
  const names = await readdir(paths.certificates).catch(() => []);
  const states = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(paths.certificates, name)).catch(() => null);
      return `${name} ${found?.ino ?? 0} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
    }),
  );
  return states.toSorted().join('\n');
}
