import { connect, type Socket } from 'node:net';

const TIMEOUT_MS = 5000;
/** `show stat` of ten thousand servers is some 5 MB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Asks a running HAProxy one thing over its stats socket.
 * @returns its whole answer
 * @throws when there is no such socket, or no whole answer within 5 s
 */
export function askHaproxy(socketPath: string, command: string): Promise<string> {
  return exchange(socketPath, command, (socket) => socket.write(`${command}\n`));
}

/**
 * Asks the master of a running HAProxy, which passes on what begins with `@!<pid>` to that worker, and lets it change
 * what the stats socket only shows. Unlike a worker it waits for more until it hears that there is none.
 */
export function askHaproxyMaster(socketPath: string, command: string): Promise<string> {
  return exchange(socketPath, command, (socket) => socket.end(`${command}\n`));
}

function exchange(
  socketPath: string,
  command: string,
  send: (socket: Socket) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect(socketPath, () => send(socket));
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
