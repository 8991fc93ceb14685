import { readdirSync, readFileSync } from 'node:fs';
import { listNamespaces, processesOf } from '#drivers/local/namespaces.ts';

/** A process that a run brought about, however far from it. */
export interface RunMember {
  readonly pid: number;
  readonly parentPid: number;
  readonly session: number;
  readonly commandLine: string;
}

/**
 * All processes whose temporary folder it is, that name it, or whose parent does: not one is asked to be in a tree, for
 * what outlives its parent must be found too.
 */
export function membersOf(folder: string): readonly RunMember[] {
  const processes = allProcesses();
  const found = new Set<number>();
  for (const { pid, commandLine } of processes)
    if (commandLine.includes(folder) || environmentOf(pid).includes(`TMPDIR=${folder}`))
      found.add(pid);
  let known = 0;
  while (known < found.size) {
    known = found.size;
    for (const { pid, parentPid } of processes) if (found.has(parentPid)) found.add(pid);
  }
  return processes.filter(({ pid }) => found.has(pid));
}

/** The named network namespaces that they run in. */
export function namespacesWith(members: readonly RunMember[]): readonly string[] {
  const pids = new Set(members.map(({ pid }) => pid));
  return listNamespaces().filter((name) => processesOf(name).some((pid) => pids.has(pid)));
}

/** Of the clouds whose data lies in folders named after them: a test may have made networks in its own process. */
export function prefixesOf(folder: string): readonly string[] {
  const named = readdirSync(folder).map((name) => /^cloud-([a-z]+)-/.exec(name)?.[1]);
  return [...new Set(named)].filter((prefix) => prefix !== undefined);
}

function allProcesses(): readonly RunMember[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      // Its name, in brackets, may hold anything; after it come state, parent, group and session.
      const [state = 'Z', parentPid, , session] = textOf(entry, 'stat')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (state === 'Z' || state === 'X' || session === undefined) return [];
      const commandLine = textOf(entry, 'cmdline').replaceAll('\0', ' ');
      return [
        { pid: Number(entry), parentPid: Number(parentPid), session: Number(session), commandLine },
      ];
    });
}

function environmentOf(pid: number): readonly string[] {
  return textOf(String(pid), 'environ').split('\0');
}

/** Empty for what has gone meanwhile, or is not ours to read. */
function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
