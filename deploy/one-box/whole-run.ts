import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#core/service/system-clock.ts';
import { clearHost } from '#drivers/local/host.ts';
import { removeNamespaces } from '#drivers/local/namespaces.ts';
import { endChild, endOf, orphanSignal } from './child-process.ts';
import { membersOf, namespacesWith, prefixesOf, type RunMember } from './run-members.ts';

const FOLDER_NAME = 'OCTAVIA_RUN_FOLDER';
const ORDERLY_MS = 30_000;
const KILL_MS = 5000;
const LOOK_INTERVAL_MS = 100;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface RunPatience {
  /** Milliseconds that the work gets after a signal to end by itself; a second signal ends that time. */
  readonly graceMs: number;
  /** Milliseconds for clouds and databases that stop because whoever started them is gone; 30 s when absent. */
  readonly orderlyMs?: number;
}

/**
 * Does the work of a program in a child with a temporary folder of its own. When that is over, by Ctrl-C or however,
 * nothing is left of it: processes that it began, network namespaces and links, files.
 * @returns the exit code
 */
export async function asWholeRun(
  patience: RunPatience,
  work: () => Promise<number>,
): Promise<number> {
  if (process.env[FOLDER_NAME] !== undefined) return work();
  const folder = await mkdtemp(join(tmpdir(), 'octavia-run-'));
  // As the folder that it is in the place of: PostgreSQL runs as another user.
  await chmod(folder, 0o1777);
  try {
    return await runIn(folder, patience);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runIn(
  folder: string,
  { graceMs, orderlyMs = ORDERLY_MS }: RunPatience,
): Promise<number> {
  const [program = '', ...before] = orphanSignal('TERM');
  const args = [...before, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // In a session of its own, so that a terminal's Ctrl-C reaches only us, who know what comes after what.
  const child = spawn(program, args, {
    detached: true,
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: folder, [FOLDER_NAME]: folder },
  });
  child.on('error', (error) => process.stderr.write(`${String(error)}\n`));
  let code: number | undefined;
  let ending: Promise<void> | undefined;
  for (const [signal, itsCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      code ??= itsCode;
      if (ending) child.kill('SIGKILL');
      ending ??= endChild(child, signal as NodeJS.Signals, graceMs);
    });
  }
  await endOf(child);
  await ending;
  await endAll(folder, child.pid ?? 0, orderlyMs);
  return code ?? child.exitCode ?? 1;
}

/** Those in the child's session end at once; what they had started learns of it from the kernel and stops in order. */
async function endAll(folder: string, session: number, orderlyMs: number): Promise<void> {
  let members = membersOf(folder);
  const prefixes = prefixesOf(folder);
  if (members.length === 0 && prefixes.length === 0) return;
  process.stderr.write(`ending ${members.length} processes that are left\n`);
  const namespaces = namespacesWith(members);
  kill(
    members.filter((member) => member.session === session),
    'SIGKILL',
  );
  kill(topsOf(membersOf(folder)), 'SIGTERM');
  members = await untilNone(folder, orderlyMs);
  const deadlineMs = performance.now() + KILL_MS;
  while (members.length > 0 && performance.now() < deadlineMs) {
    kill(members, 'SIGKILL');
    members = await untilNone(folder, LOOK_INTERVAL_MS);
  }
  await removeNamespaces(namespaces, systemClock);
  for (const prefix of prefixes) await clearHost(prefix, systemClock);
}

/** @returns who is left when the time is over */
async function untilNone(folder: string, withinMs: number): Promise<readonly RunMember[]> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const members = membersOf(folder);
    if (members.length === 0 || performance.now() > deadlineMs) return members;
    await delay(LOOK_INTERVAL_MS);
  }
}

function topsOf(members: readonly RunMember[]): readonly RunMember[] {
  const pids = new Set(members.map(({ pid }) => pid));
  return members.filter(({ parentPid }) => !pids.has(parentPid));
}

function kill(members: readonly RunMember[], signal: NodeJS.Signals): void {
  for (const { pid } of members) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone meanwhile.
    }
  }
}
