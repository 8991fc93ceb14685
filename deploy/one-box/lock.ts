import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';

const ASK_TIMEOUT_MS = 1000;

/** Held by this process, or by that one. */
export type Lock =
  | { readonly kind: 'held'; release(): void }
  | { readonly kind: 'taken'; readonly pid: string };

/**
 * Takes a name for this process. The lock is a socket without a file (Linux's abstract namespace): taking it is
 * atomic, and the kernel lets go of it however the holder ends, so that no stale lock can keep a cloud from starting.
 */
export async function takeLock(name: string): Promise<Lock> {
  const path = `\0octavia-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
  const server = createServer((client) => {
    client.on('error', () => {});
    client.end(String(process.pid));
  });
  if (await listens(server, path)) {
    server.unref();
    return { kind: 'held', release: () => server.close() };
  }
  return { kind: 'taken', pid: await askHolder(path) };
}

async function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(path, () => resolve(true));
  });
}

async function askHolder(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(ASK_TIMEOUT_MS, () => socket.destroy());
    socket.once('data', (data) => resolve(data.toString()));
    socket.once('error', () => resolve('unknown'));
    socket.once('close', () => resolve('unknown'));
  });
}
