import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { handOver } from './hand-over.ts';
import type { ReceiverKind, ThreadOptions } from './options.ts';

/** A process of receivers that do as little as possible. Answers every message with what they have taken in. */
const [kind, port, threadCount, receiveBufferBytes, key = ''] = process.argv.slice(2);
const common = {
  kind: kind as ReceiverKind,
  port: Number(port),
  receiveBufferBytes: Number(receiveBufferBytes),
  key,
};
const threads = await Promise.all(Array.from({ length: Number(threadCount) }, startThread));
const [first] = threads;
if (common.kind === 'hand-over' && first)
  await handOver(
    threads.map(({ worker }) => worker),
    first.options,
  );

process.on('message', () =>
  process.send?.(threads.reduce((total, { counted }) => total + (counted[0] ?? 0), 0)),
);
process.on('disconnect', () => process.exit(0));
process.send?.('listening');

async function startThread(): Promise<{
  readonly worker: Worker;
  readonly options: ThreadOptions;
  readonly counted: Float64Array;
}> {
  const options: ThreadOptions = { ...common, count: new SharedArrayBuffer(8) };
  const file =
    common.kind === 'hand-over'
      ? new URL('./reader-thread.ts', import.meta.url)
      : new URL('./socket-thread.ts', import.meta.url);
  const worker = new Worker(file, { workerData: options });
  await once(worker, 'message');
  return { worker, options, counted: new Float64Array(options.count) };
}
