import { connect } from 'node:net';

const TIMEOUT_MS = 5000;
/** `show stat` of ten thousand servers is some 5 MB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Asks a running HAProxy one thing over its stats socket.
 * @returns its whole answer
 * @throws when there is no such socket, or no whole answer within 5 s
 */
export function askHaproxy(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect(socketPath, () => socket.write(`${command}\n`));
    const deadline = setTimeout(
      () =>
        socket.destroy(
          new Error(`${socketPath}: no whole answer to "${command}" within ${TIMEOUT_MS} ms`),
        ),
      TIMEOUT_MS,
    );
    socket.on('data', (chunk) => {
      size += chunk.length;
      if (size > ANSWER_BYTES_MAX)
        socket.destroy(new Error(`${socketPath}: the answer to "${command}" does not end`));
      else chunks.push(chunk);
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(deadline);
      resolve(Buffer.concat(chunks).toString('utf8')); // after an error this has no effect
    });
  });
}
