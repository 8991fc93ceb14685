import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf, StartProblem } from './start-problem.ts';

// The driver agent's sockets lie below; the kernel takes 107 bytes for a socket's path.
const PATH_BYTES_MAX = 90;

/**
 * Makes the folder of a cloud and those below it. What lies in them is for their owner alone, but each level can be
 * passed through: PostgreSQL runs as a user of its own.
 * @throws StartProblem when it cannot be written to
 */
export function prepareDataDir(dataDir: string): void {
  if (Buffer.byteLength(dataDir) > PATH_BYTES_MAX)
    throw new StartProblem(
      `--data-dir ${dataDir} is longer than ${PATH_BYTES_MAX} bytes; sockets lie in it, so give a shorter path`,
    );
  try {
    makeFolder(dataDir);
    chmodSync(dataDir, 0o711);
    for (const name of ['run', 'logs'])
      mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    throw new StartProblem(
      `--data-dir ${dataDir} cannot be written to (${reasonOf(error)}); give a folder on a disk with room that is yours`,
      { cause: error },
    );
  }
}

/** Node's own `recursive` never ends on file systems that refuse with "no such file", as /proc does. */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let level = folder; !existsSync(level); level = dirname(level)) missing.unshift(level);
  for (const level of missing) mkdirSync(level);
}
