import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BareOptions } from './thread.ts';

/** A process of bare receivers, a thread and a socket each on one port. Answers every message with what they counted. */
const [port, threads, receiveBufferBytes] = process.argv.slice(2).map(Number);
const counts = await Promise.all(Array.from({ length: threads ?? 1 }, startThread));

process.on('message', () =>
  process.send?.(counts.reduce((total, count) => total + Number(count[0]), 0)),
);
process.on('disconnect', () => process.exit(0));
process.send?.('listening');

async function startThread(): Promise<BigUint64Array> {
  const count = new SharedArrayBuffer(8);
  const options: BareOptions = {
    port: port ?? 0,
    receiveBufferBytes: receiveBufferBytes ?? 0,
    count,
  };
  await once(
    new Worker(new URL('./thread.ts', import.meta.url), { workerData: options }),
    'message',
  );
  return new BigUint64Array(count);
}
