import assert from 'node:assert';
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';

/** The least that a receiver in Node can do: take each datagram and count it. */
export interface BareOptions {
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** One number, shared with whoever asks. */
  readonly count: SharedArrayBuffer;
}

assert(parentPort, 'thread.ts runs as a worker thread');
const { port, receiveBufferBytes, count } = workerData as BareOptions;
const counted = new BigUint64Array(count);
const socket = createSocket({ type: 'udp4', reusePort: true, recvBufferSize: receiveBufferBytes });
socket.on('message', () => {
  counted[0] = (counted[0] as bigint) + 1n;
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
socket.bind(port, '127.0.0.1', () => parentPort?.postMessage('listening'));
