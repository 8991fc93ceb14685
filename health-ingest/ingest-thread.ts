import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { AmphoraMemory } from './amphora-memory.ts';
import { Batcher } from './batcher.ts';
import { appendBatch, heartbeatKeys } from './heartbeat-store.ts';
import { type DropReason, ingest } from './ingest.ts';
import { Receiver } from './receiver.ts';
import { RedisClock } from './redis-clock.ts';
import { connectRedis } from './redis-connection.ts';
import type { FromThread, ThreadOptions, ToThread } from './thread-messages.ts';

/** A thread's whole life: a socket, the memory of its amphorae, a batcher and a connection to Redis. */
const FIGURES_INTERVAL_MS = 200;
const BATCH_DELAY_MS = 25;
const BATCH_SIZE_MAX = 2000;
const WAITING_MAX = 200_000;
const RETRY_DELAY_MS = 100;
const AMPHORAE_MAX = 2_000_000;
const SWEEP_INTERVAL_MS = 60_000;

assert(parentPort, 'ingest-thread.ts runs as a worker thread');
const parent = parentPort;
const options = workerData as ThreadOptions;
const send = (message: FromThread): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parent.postMessage(message);
};

const drops = new Map<DropReason, number>();
const batchDrops = new Map<string, number>();
let accepted = 0;
let batches = 0;
let appendFailures = 0;
let lastFailure: string | null = null;

const redis = connectRedis(
  { url: options.redisUrl, commandTimeoutMs: options.redisTimeoutMs, name: 'health-ingest-thread' },
  { lost: (cause) => (lastFailure = cause.message) },
);
const keys = heartbeatKeys(options.keyPrefix);
const redisClock = new RedisClock(systemClock);

const memory = new AmphoraMemory({
  refreshIntervalMs: options.refreshIntervalMs,
  forgetAfterMs: options.forgetAfterMs,
  amphoraeMax: AMPHORAE_MAX,
});
const batcher = new Batcher({
  delayMsMax: BATCH_DELAY_MS,
  sizeMax: BATCH_SIZE_MAX,
  waitingMax: WAITING_MAX,
  retryDelayMs: RETRY_DELAY_MS,
  clock: systemClock,
  async append(batch) {
    await appendBatch(redis, keys, batch, { redis: redisClock, local: systemClock });
    batches++;
  },
  dropped: (part) => batchDrops.set(part, (batchDrops.get(part) ?? 0) + 1),
  failed(error) {
    appendFailures++;
    lastFailure = error instanceof Error ? error.message : String(error);
  },
});
const deps = {
  keys: options.keys.map(heartbeatKey),
  memory,
  batcher,
  dropped: (reason: DropReason) => drops.set(reason, (drops.get(reason) ?? 0) + 1),
  accepted: () => accepted++,
};
const receiver = new Receiver({
  host: options.host,
  port: options.port,
  isShared: options.isShared,
  receiveBufferBytes: options.receiveBufferBytes,
  received: (datagram) => ingest(datagram, redisClock.nowMs(), deps),
});

const figures = setInterval(() => sendFigures(), FIGURES_INTERVAL_MS);
const sweep = setInterval(() => memory.sweep(redisClock.nowMs()), SWEEP_INTERVAL_MS);

parent.on('message', (message: ToThread) => {
  if (message.kind === 'stop') void stop();
});

try {
  await receiver.start();
  send({ kind: 'listening', port: receiver.port, receiveBufferBytes: receiver.receiveBufferBytes });
} catch (error) {
  send({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) });
}

function sendFigures(): void {
  send({
    kind: 'figures',
    accepted,
    dropped: [...drops],
    batchDropped: [...batchDrops],
    batches,
    appendFailures,
    lastFailure,
    amphorae: memory.size,
    waiting: batcher.waiting,
    lagMs: batcher.lagMs,
  });
}

/** The socket first, so that what has come in still goes out. */
async function stop(): Promise<void> {
  await receiver.stop();
  await batcher.stop();
  clearInterval(figures);
  clearInterval(sweep);
  sendFigures();
  redis.disconnect();
  send({ kind: 'stopped' });
  parent.close();
}
