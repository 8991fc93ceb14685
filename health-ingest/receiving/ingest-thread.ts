import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { HeartbeatReader } from '#core/heartbeat/heartbeat-reader.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { wordsOf } from '#core/heartbeat/uuid-words.ts';
import { ID_WORDS } from '#core/heartbeat/view.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { heartbeatKeys } from '../exchange/heartbeat-keys.ts';
import { RedisClock } from '../exchange/redis-clock.ts';
import { connectRedis } from '../exchange/redis-connection.ts';
import { Tally } from '../tally.ts';
import { AmphoraTable } from './amphora-table.ts';
import { Batcher } from './batcher.ts';
import { HeartbeatStore } from './heartbeat-store.ts';
import { ingest } from './ingest.ts';
import { LoopWatch } from './loop-watch.ts';
import { ReceiveCoalescing, restThread } from './receive-coalescing.ts';
import { Receiver } from './receiver.ts';
import type { Place } from './sequence-window.ts';
import type { FromThread, ThreadFigures, ThreadOptions, ToThread } from './thread-messages.ts';

/** A thread's whole life: a socket, its share of the table of amphorae, a batcher and a connection to Redis. */
const FIGURES_INTERVAL_MS = 200;
/** So long at most, and the answer of Redis to the batch before, what a killed thread knew is lost with it. */
const BATCH_DELAY_MS = 25;
const RETRY_DELAY_MS = 100;
const REPORTS_MAX = 10_000;
const STATISTICS_MAX = 500_000;
/** A part of the table at a time: all of it in a minute or so. */
const SWEEP_INTERVAL_MS = 1000;
const SWEEP_SLOTS = 32_768;

assert(parentPort, 'ingest-thread.ts runs as a worker thread');
const parent = parentPort;
const options = workerData as ThreadOptions;
const send = (message: FromThread): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parent.postMessage(message);
};

const accepted = new Tally<ThreadFigures['accepted'][number][0]>();
const dropped = new Tally<ThreadFigures['dropped'][number][0]>();
const batchDropped = new Tally<ThreadFigures['batchDropped'][number][0]>();
let batches = 0;
let appendFailures = 0;
let signedByOther = 0;
let lastFailure: string | null = null;
let sweptTo = 0;

const redis = connectRedis(
  { target: options.redis, commandTimeoutMs: options.redisTimeoutMs, name: 'health-ingest-thread' },
  { lost: (cause) => (lastFailure = cause.message) },
);
redis.on('ready', () => {
  // What lay in it may be lost, so it is told once more.
  table.askAll(systemClock.monotonicMs());
  learnTime();
});
const redisClock = new RedisClock(systemClock);
const store = new HeartbeatStore({
  redis,
  keys: heartbeatKeys(options.keyPrefix),
  redisClock,
  clock: systemClock,
});
const table = new AmphoraTable(options);
const someId = new Uint32Array(ID_WORDS);
const batcher = new Batcher({
  delayMsMax: BATCH_DELAY_MS,
  retryDelayMs: RETRY_DELAY_MS,
  sightingsMax: options.amphoraeMax,
  reportsMax: REPORTS_MAX,
  statisticsMax: STATISTICS_MAX,
  clock: systemClock,
  async append(batch) {
    await store.append(batch);
    batches++;
  },
  dropped: (part, count) => batchDropped.add(part, count),
  returned(reports) {
    for (const { amphoraId } of reports) if (wordsOf(amphoraId, someId)) table.unreported(someId);
  },
  failed(error) {
    appendFailures++;
    lastFailure = error instanceof Error ? error.message : String(error);
  },
});
const reader = new HeartbeatReader(options.keys.map(heartbeatKey));
const deps = {
  reader,
  table,
  batcher,
  redisMs: () => redisClock.nowMs(),
  dropped: dropped.one,
  accepted(place: Place) {
    accepted.one(place);
    if (reader.keyPlace > 0) signedByOther++;
  },
};
const receiver = new Receiver({
  host: options.host,
  port: options.port,
  isShared: options.isShared,
  receiveBufferBytes: options.receiveBufferBytes,
  received: (datagram) => ingest(datagram, systemClock.monotonicMs(), deps),
  coalescing: new ReceiveCoalescing({ clock: systemClock, rest: restThread }),
});
const loop = new LoopWatch(systemClock);

const figures = setInterval(sendFigures, FIGURES_INTERVAL_MS);
const sweep = setInterval(() => {
  if (options.thread > 0) return;
  sweptTo = table.sweep(systemClock.monotonicMs(), sweptTo, SWEEP_SLOTS);
}, SWEEP_INTERVAL_MS);
loop.start();

parent.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'ask':
      if (message.ids === 'all') return table.askAll(systemClock.monotonicMs());
      return table.ask(message.ids);
    case 'missed':
      return batcher.missed();
    case 'stop':
      return void stop();
  }
});

try {
  await receiver.start();
  send({ kind: 'listening', port: receiver.port, receiveBufferBytes: receiver.receiveBufferBytes });
} catch (error) {
  send({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) });
}

/** Every batch tells the time of Redis, but the reports of the first one need it before. */
function learnTime(): void {
  const askedAtMs = systemClock.monotonicMs();
  redis.time().then(
    ([seconds, microseconds]) => redisClock.learn([seconds, microseconds], askedAtMs),
    (error: unknown) => (lastFailure = error instanceof Error ? error.message : String(error)),
  );
}

function sendFigures(): void {
  send({
    kind: 'figures',
    accepted: accepted.counts,
    dropped: dropped.counts,
    batchDropped: batchDropped.counts,
    signedByOther,
    batches,
    appendFailures,
    lastFailure,
    amphorae: table.size,
    waiting: batcher.waiting,
    lagMs: batcher.lagMs,
    loopDelayMs: loop.takeWorstMs(),
  });
}

/** The socket first, so that what has come in still goes out. */
async function stop(): Promise<void> {
  await receiver.stop();
  await batcher.stop();
  clearInterval(figures);
  clearInterval(sweep);
  loop.stop();
  sendFigures();
  redis.disconnect();
  send({ kind: 'stopped' });
  parent.close();
}
