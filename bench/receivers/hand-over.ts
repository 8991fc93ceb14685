import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { ThreadOptions } from './options.ts';

/** Datagrams one after the other, and where each ends. */
export interface Handful {
  readonly bytes: ArrayBuffer;
  readonly ends: readonly number[];
}

const DATAGRAMS_MAX = 128;
const BYTES_MAX = 128 * 1024;

/**
 * One socket, and threads that take turns. What piscina would do, without its queue: the memory itself changes hands, so
 * this is the least that handing over costs.
 */
export async function handOver(threads: readonly Worker[], options: ThreadOptions): Promise<void> {
  let handful = Buffer.allocUnsafeSlow(BYTES_MAX);
  let ends: number[] = [];
  let turn = 0;
  let isDue = false;
  const flush = (): void => {
    isDue = false;
    if (ends.length === 0) return;
    const message: Handful = { bytes: handful.buffer, ends };
    threads[turn++ % threads.length]?.postMessage(message, [message.bytes]);
    handful = Buffer.allocUnsafeSlow(BYTES_MAX);
    ends = [];
  };
  const socket = createSocket({ type: 'udp4', recvBufferSize: options.receiveBufferBytes });
  socket.on('message', (datagram) => {
    const used = ends.at(-1) ?? 0;
    if (used + datagram.length > BYTES_MAX) return flush();
    datagram.copy(handful, used);
    ends.push(used + datagram.length);
    if (ends.length === DATAGRAMS_MAX) flush();
    // What came in one turn of the loop goes at its end.
    else if (!isDue) isDue = setImmediate(flush) !== undefined;
  });
  socket.bind(options.port, '127.0.0.1');
  await once(socket, 'listening');
}
