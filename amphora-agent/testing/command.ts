import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Runs a command to its end; rejects with its words when it fails. */
export async function run(...argv: readonly string[]): Promise<string> {
  const [file = '', ...args] = argv;
  const { stdout } = await exec(file, args, { maxBuffer: 16 * 1024 * 1024, timeout: 60_000 });
  return stdout;
}

/** Takes away what may be there or not. */
export async function tryRun(...argv: readonly string[]): Promise<void> {
  await run(...argv).catch(() => '');
}
