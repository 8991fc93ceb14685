import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const LINE_CHARS_MAX = 64 * 1024;

/** What the kernel sends a child whose parent died, so that not even SIGKILL of the parent leaves it behind. */
export function orphanSignal(signal: 'INT' | 'TERM'): readonly string[] {
  return ['setpriv', '--pdeathsig', signal, '--'];
}

/**
 * Starts a program that stays; its output goes to `onOutput`, line by line, so that no pipe fills up. It gets a
 * session of its own: Ctrl-C reaches only us, and we end the children in the right order.
 */
export function spawnChild(
  command: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly onOutput?: (line: string) => void;
  },
): ChildProcess {
  const [program, ...args] = command;
  if (program === undefined) throw new Error('an empty command');
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // A program that does not exist emits only this, never `exit`; `hasEnded` then sees that it has no pid.
  child.on('error', (error) => options.onOutput?.(String(error)));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    let rest = '';
    stream?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_CHARS_MAX) {
        lines.push(rest);
        rest = '';
      }
      for (const line of lines) options.onOutput?.(line);
    });
    // Often why it ended.
    stream?.on('end', () => rest === '' || options.onOutput?.(rest));
  }
  return child;
}

export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Resolves when the child has ended, saying how. */
export async function endOf(child: ChildProcess): Promise<string> {
  if (!hasEnded(child)) await once(child, 'exit');
  if (child.signalCode !== null) return `killed by ${child.signalCode}`;
  return child.exitCode === null ? 'it could not be started' : `exit code ${child.exitCode}`;
}

/** Asks a child to end and, when it has not after the grace, ends it. */
export async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const isLate = await Promise.race([
    ended.then(() => false),
    delay(graceMs, true, { ref: false }),
  ]);
  if (!isLate) return;
  child.kill('SIGKILL');
  await ended;
}
