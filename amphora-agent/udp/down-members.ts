import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent, writeWhole } from '../apply/atomic-file.ts';
import type { AgentPaths } from '../paths.ts';

const MODE = 0o644;

/** Which members of a listener were down, on disk: an agent that starts again must not send clients to the dead first. */
export interface DownMembers {
  read(): Promise<ReadonlySet<string>>;
  write(ids: readonly string[]): Promise<void>;
  forget(): Promise<void>;
}

export function downMembersOf(paths: AgentPaths, listenerId: string): DownMembers {
  const file = join(paths.lvs, `octavia-keepalivedlvs-${listenerId}.down.json`);
  return {
    async read() {
      return parseIds((await readIfPresent(file))?.toString('utf8') ?? '[]');
    },
    write: (ids) => writeWhole(file, JSON.stringify([...ids].sort()), MODE, false),
    forget: () => rm(file, { force: true }),
  };
}

/** A damaged file is as good as none: the checks find out soon. */
function parseIds(text: string): ReadonlySet<string> {
  try {
    const value = JSON.parse(text) as unknown;
    return new Set(Array.isArray(value) ? value.filter((id) => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}
