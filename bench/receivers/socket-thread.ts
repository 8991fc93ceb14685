import assert from 'node:assert';
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadOptions } from './options.ts';
import { takerOf } from './taking.ts';

/** A thread with a socket of its own, one of several on the port. */
assert(parentPort, 'socket-thread.ts runs as a worker thread');
const options = workerData as ThreadOptions;
const socket = createSocket({
  type: 'udp4',
  reusePort: true,
  recvBufferSize: options.receiveBufferBytes,
});
socket.on('message', takerOf(options));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
socket.bind(options.port, '127.0.0.1', () => parentPort?.postMessage('listening'));
