import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestMachine } from './machine.ts';
import type { TranscriptFile } from './transcript.ts';

type Snapshot = ReadonlyMap<string, { readonly mode: string; readonly hash: string }>;

/** Changes at every moment, whatever is asked: process ids, counters, sockets; and what only ours has. */
const VOLATILE =
  /\.(pid|sock|cli|serving|tmp)$|stats_counters\.json$|heartbeat_epoch$|systemctl\.log$|haproxy-default-user-group\.conf$|lo\.json$/;

/** The folders of the machine by the names that they have on a machine of their own. */
function realNames(machine: TestMachine): readonly (readonly [string, string])[] {
  const { folder, base } = machine;
  return [
    [join(folder, 'interfaces'), '/etc/octavia/interfaces'],
    [join(folder, 'units'), '/usr/lib/systemd/system'],
    [join(folder, 'etc', 'server.pem'), '/etc/octavia/certs/server.pem'],
    [join(folder, 'etc'), '/etc/octavia'],
    [base, '/var/lib/octavia'],
  ];
}

export function asOnRealMachine(machine: TestMachine, text: string): string {
  return realNames(machine).reduce((result, [own, real]) => result.replaceAll(own, real), text);
}

export async function takeSnapshot(machine: TestMachine): Promise<Snapshot> {
  const files = await filesBelow(machine.folder);
  const states = files
    .filter((file) => !VOLATILE.test(file))
    .map(async (file) => {
      const [content, { mode }] = await Promise.all([readFile(file), stat(file)]);
      const hash = createHash('sha256').update(content).digest('hex');
      return [file, { mode: `0${(mode & 0o777).toString(8).padStart(3, '0')}`, hash }] as const;
    });
  return new Map(await Promise.all(states));
}

/** What happened to files, in the transcript's words. */
export async function changesSince(
  machine: TestMachine,
  before: Snapshot,
): Promise<readonly TranscriptFile[]> {
  const after = await takeSnapshot(machine);
  const named = (file: string): string => asOnRealMachine(machine, file);
  const present = [...after].flatMap(([file, { mode, hash }]): readonly TranscriptFile[] => {
    const old = before.get(file);
    if (old?.hash === hash && old.mode === mode) return [];
    return [{ path: named(file), mode, op: old === undefined ? 'created' : 'changed' }];
  });
  const gone = [...before.keys()]
    .filter((file) => !after.has(file))
    .map((file): TranscriptFile => ({ path: named(file), op: 'deleted' }));
  return sorted([...present, ...gone]);
}

/** The transcript's own list without contents and without what is volatile. */
export function expectedChanges(files: readonly TranscriptFile[] = []): readonly TranscriptFile[] {
  const kept = files.filter(({ path }) => !VOLATILE.test(path));
  return sorted(
    kept.map(({ path, op, mode }) => ({ path, op, ...(mode === undefined ? {} : { mode }) })),
  );
}

function sorted(files: readonly TranscriptFile[]): readonly TranscriptFile[] {
  return files.toSorted((a, b) => a.path.localeCompare(b.path));
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
