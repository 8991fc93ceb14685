import { lstat, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';

// sockaddr_un has 108 bytes, the last of them 0. The kernel's own message names neither the path nor the limit.
const PATH_BYTES_MAX = 107;

/**
 * Makes the folder of a unix socket and removes the file that a process which died left there.
 * @throws when the path cannot be a socket, or somebody listens there
 */
export async function prepareSocketFile(path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX)
    throw new Error(
      `${path} is too long for a unix socket; at most ${PATH_BYTES_MAX} bytes are possible`,
    );
  await mkdir(dirname(path), { recursive: true });
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket())
    throw new Error(`${path} exists and is not a socket; remove it or configure another path`);
  if (await isAnswering(path))
    throw new Error(`another process listens on ${path}; is a driver agent running already?`);
  await rm(path, { force: true });
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
