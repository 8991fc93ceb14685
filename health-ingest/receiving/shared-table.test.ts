import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { Hearing } from '../testing/table-thread.ts';
import { allocateAmphorae, viewsOf } from './amphora-memory.ts';
import { AmphoraRecords } from './amphora-records.ts';
import { SharedIds } from './shared-ids.ts';

const THREADS = 3;

/** Threads that hear the same at the same time. @returns what counted, and how many amphorae are known after it */
async function hearTogether(own: Pick<Hearing, 'amphorae' | 'rounds' | 'passersBy'>) {
  const memory = allocateAmphorae(10_000);
  const workers = Array.from({ length: THREADS }, (_, thread) => {
    const workerData: Hearing = { ...own, memory, thread };
    return new Worker(new URL('../testing/table-thread.ts', import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const answers = workers.map((worker) => once(worker, 'message'));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  for (const worker of workers) worker.postMessage('go');
  const counts = (await Promise.all(answers)).map(([count]) => Number(count));
  const views = viewsOf(memory);
  const owned = workers.map((_, thread) => new AmphoraRecords(views, thread).owned);
  return { counted: sum(counts), known: new SharedIds(views).size, owned: sum(owned) };
}
const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);

test('of heartbeats that reach several threads at the same time each counts once, in a table that grows', async () => {
  expect(await hearTogether({ amphorae: 5000, rounds: 20, passersBy: false })).toEqual({
    counted: 100_000,
    known: 5000,
    owned: 5000,
  });
});

test('that holds for few amphorae in the hands of all threads, while others come and are forgotten', async () => {
  expect(await hearTogether({ amphorae: 5, rounds: 4000, passersBy: true })).toEqual({
    counted: 20_000,
    known: 5,
    owned: 5,
  });
});
