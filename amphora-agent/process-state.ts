import { readdir, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { readIfPresent } from './apply/atomic-file.ts';
import type { Unit } from './service-manager.ts';

export interface ProcessState {
  readonly hasPidFile: boolean;
  /** Null when no such process lives. */
  readonly pid: number | null;
}

/**
 * Whether a unit's process lives, by its pid file. After a reboot the number may be another program's: the process
 * counts only if the pid file is on its command line.
 */
export async function processState(pidFile: string): Promise<ProcessState> {
  const text = (await readIfPresent(pidFile))?.toString('utf8');
  if (text === undefined) return { hasPidFile: false, pid: null };
  const pid = Number(/^\s*(\d{1,9})\s/.exec(`${text}\n`)?.[1] ?? 0);
  if (pid < 1) return { hasPidFile: true, pid: null };
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { hasPidFile: true, pid: commandLine.split('\0').includes(pidFile) ? pid : null };
}

export async function isRunning(unit: Pick<Unit, 'pidFile'>): Promise<boolean> {
  return (await processState(unit.pidFile)).pid !== null;
}

/** Whether a process would act on a signal now: it neither blocks it nor has nothing to do on it. */
export async function isHearing(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  const has = (field: string): boolean => {
    const mask = new RegExp(`^${field}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
    return (BigInt(`0x${mask}`) & bit) !== 0n;
  };
  return has('SigCgt') && !has('SigBlk');
}

/** The processes that a process started and that still live. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
