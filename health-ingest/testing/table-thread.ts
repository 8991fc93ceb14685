import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { digestOf } from '#core/heartbeat/status-digest.ts';
import { ViewBuffer } from '#core/heartbeat/view-buffer.ts';
import { AmphoraTable } from '../receiving/amphora-table.ts';
import { heartbeatOf, nobody } from './carried.ts';

/** What a thread is started with that hears all datagrams of a fleet, as the others do at the same time. */
export interface Hearing {
  readonly memory: SharedArrayBuffer;
  readonly thread: number;
  readonly amphorae: number;
  /** Heartbeats of each. */
  readonly rounds: number;
  /** For each heartbeat one of an amphora that by then has been silent for so long that it may be forgotten. */
  readonly passersBy: boolean;
}

const FORGET_AFTER_MS = 1000;
const NOW_MS = 1e6;
const SWEEP_EVERY = 20;
const PASSERS_BY = 50;

assert(parentPort, 'table-thread.ts runs as a worker thread');
const parent = parentPort;
const { memory, thread, amphorae, rounds, passersBy } = workerData as Hearing;
const table = new AmphoraTable({
  memory,
  thread,
  refreshAfterMs: 1e9,
  refreshesPerSecond: 1,
  reportsPerSecond: 1e6,
  forgetAfterMs: FORGET_AFTER_MS,
  restartAfterMs: 1e9,
});
const heartbeat = heartbeatOf(nobody());
const view = new ViewBuffer(() => heartbeat);
view.fill(heartbeat, 1, digestOf(heartbeat));
view.id.fill(0);
/** @returns whether it counts */
function hear(name: number, crowd: number, sequence: number, nowMs: number): boolean {
  view.id[0] = name;
  view.id[1] = crowd;
  view.sequence = sequence;
  const news = table.note(view, nowMs);
  if (news.report !== null) table.reported(news, view, nowMs);
  table.release(news);
  return news.isCounted;
}

// Once all are ready, so that they run together.
parent.once('message', () => {
  let counted = 0;
  let heard = 0;
  let sweptTo = 0;
  for (let sequence = 0; sequence < rounds; sequence++)
    for (let turn = 0; turn < amphorae; turn++) {
      const amphora = thread % 2 === 0 ? turn : amphorae - 1 - turn;
      if (hear(amphora, 0, sequence, NOW_MS)) counted++;
      if (passersBy) hear(heard % PASSERS_BY, 1, 0, 0);
      heard++;
      if (thread === 0 && heard % SWEEP_EVERY === 0)
        sweptTo = table.sweep(NOW_MS, sweptTo, SWEEP_EVERY * 4);
    }
  for (let from = -1; from !== 0; ) from = table.sweep(NOW_MS, Math.max(from, 0), 100_000);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parent.postMessage(counted);
  parent.close();
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parent.postMessage('ready');
