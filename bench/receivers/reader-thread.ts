import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import type { Handful } from './hand-over.ts';
import type { ThreadOptions } from './options.ts';
import { takerOf } from './taking.ts';

/** A thread without a socket: reads what it is handed. */
assert(parentPort, 'reader-thread.ts runs as a worker thread');
const take = takerOf(workerData as ThreadOptions);
parentPort.on('message', ({ bytes, ends }: Handful) => {
  let from = 0;
  for (const end of ends) {
    take(Buffer.from(bytes, from, end - from));
    from = end;
  }
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort.postMessage('listening');
