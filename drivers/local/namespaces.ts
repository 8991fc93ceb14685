import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { DriverFailure } from '#core/domain/errors.ts';
import type { Clock } from '#core/ports/clock.ts';
import { ipBatch, ipBatchAnyway } from './command.ts';

const FOLDER = '/run/netns';
const KILL_ROUNDS_MAX = 250;
const KILL_ROUND_MS = 20;

export function namespaceFile(name: string): string {
  return `${FOLDER}/${name}`;
}

/** Names that stand in the folder of network namespaces, half-made ones too. */
export function listNamespaces(): readonly string[] {
  return entriesOf(FOLDER);
}

export function namespaceExists(name: string): boolean {
  return inodeOf(name) !== null;
}

/**
 * The `ip` commands that are missing for a namespace to exist. A file on which nothing is mounted is what a crash in
 * the middle of `ip netns add` leaves; it is taken away.
 */
export function creation(name: string): readonly string[] {
  if (namespaceExists(name)) return [];
  rmSync(namespaceFile(name), { force: true });
  return [`netns add ${name}`];
}

export async function ensureNamespace(name: string): Promise<void> {
  await ipBatch(creation(name));
}

/** Kills everything that runs in the namespaces and removes them; those that do not exist are passed over. */
export async function removeNamespaces(names: readonly string[], clock: Clock): Promise<void> {
  await killProcesses(names, clock);
  const existing = names.filter((name) => namespaceExists(name));
  await ipBatchAnyway(existing.map((name) => `netns delete ${name}`));
  for (const name of names) rmSync(namespaceFile(name), { force: true });
}

/**
 * SIGKILL to all processes in the namespaces, again and again until none is left, for they may be forking.
 * @throws DriverFailure when some are still there after 5 s
 */
export async function killProcesses(names: readonly string[], clock: Clock): Promise<void> {
  const inodes = new Set(names.map(inodeOf).filter((inode) => inode !== null));
  if (inodes.size === 0) return;
  for (let round = 0; round < KILL_ROUNDS_MAX; round++) {
    const pids = processesIn(inodes);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await clock.sleep(KILL_ROUND_MS);
  }
  throw new DriverFailure(`processes in ${names.join(', ')} do not die of SIGKILL`, {
    retryable: true,
  });
}

/** Process ids of all that run in a namespace. */
export function processesOf(name: string): readonly number[] {
  const inode = inodeOf(name);
  return inode === null ? [] : processesIn(new Set([inode]));
}

/** Whether a process runs in the namespace, or has ended, so that it never will. */
export function hasArrived(pid: number, name: string): boolean {
  const now = namespaceOfProcess(String(pid));
  return now === 0 || now === inodeOf(name);
}

function processesIn(inodes: ReadonlySet<number>): readonly number[] {
  return entriesOf('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => inodes.has(namespaceOfProcess(pid)))
    .map(Number);
}

/** @returns 0 for a process that has gone meanwhile, or is dead and waits for its parent to notice */
function namespaceOfProcess(pid: string): number {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** @returns null when no namespace is mounted under the name; and never our own, which must not be killed */
function inodeOf(name: string): number | null {
  const own = statSync('/proc/self/ns/net');
  const file = statSync(namespaceFile(name), { throwIfNoEntry: false });
  return file === undefined || file.dev !== own.dev || file.ino === own.ino ? null : file.ino;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
