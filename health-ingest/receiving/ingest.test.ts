import { expect, test } from 'vitest';
import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { HeartbeatReader } from '#core/heartbeat/heartbeat-reader.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import type { Heartbeat } from '#core/heartbeat/message.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { packStatistics, unpackStatistics } from '../exchange/report-codec.ts';
import { heartbeatOf, nobody } from '../testing/carried.ts';
import { allocateAmphorae } from './amphora-memory.ts';
import { AmphoraTable } from './amphora-table.ts';
import type { Batch } from './batch.ts';
import { Batcher } from './batcher.ts';
import { ingest } from './ingest.ts';

const key = heartbeatKey('key');
const EPOCH = 1_700_000_000;

/** Hears some heartbeats of one moment. @returns what left the thread, and why the others did not count */
async function hear(
  heartbeats: readonly Heartbeat[],
): Promise<{ batch: Batch; dropped: string[] }> {
  const batches: Batch[] = [];
  const dropped: string[] = [];
  const batcher = new Batcher({
    delayMsMax: 60_000,
    retryDelayMs: 1,
    sightingsMax: 100,
    reportsMax: 100,
    statisticsMax: 100,
    clock: systemClock,
    append: async (batch) => void batches.push(batch),
    dropped: () => undefined,
    returned: () => undefined,
    failed: () => undefined,
  });
  const table = new AmphoraTable({
    memory: allocateAmphorae(100),
    thread: 0,
    refreshAfterMs: 1000,
    refreshesPerSecond: 100,
    reportsPerSecond: 100,
    forgetAfterMs: 10_000,
    restartAfterMs: 5000,
  });
  const deps = {
    reader: new HeartbeatReader([key]),
    table,
    batcher,
    redisMs: () => 77,
    dropped: (reason: string) => dropped.push(reason),
    accepted: () => undefined,
  };
  for (const heartbeat of heartbeats)
    ingest(encodeDatagram(heartbeat, { wire: 'native', key, epoch: EPOCH }), 1000, deps);
  ingest(Buffer.from('nonsense, but long enough to hold an HMAC'), 1000, deps);
  await batcher.stop();
  const [batch] = batches;
  if (!batch) throw new Error('nothing left the thread');
  return { batch, dropped };
}

const statisticsIn = ({ statistics }: Batch) => unpackStatistics(packStatistics(statistics));

test('of one moment an amphora is seen once, its statuses are told once and its counters add up', async () => {
  const carried = nobody();
  const heartbeats = [
    heartbeatOf(carried, { sequence: 0, rxBytes: 5 }),
    heartbeatOf(carried, { sequence: 1, rxBytes: 0 }),
    heartbeatOf(carried, { sequence: 1, rxBytes: 9 }),
    heartbeatOf(carried, { sequence: 2, rxBytes: 3 }),
  ];
  const { batch, dropped } = await hear(heartbeats);
  expect(batch.sightings.map(({ ids }) => ids.length)).toEqual([4]);
  expect(batch.statuses).toEqual([
    expect.objectContaining({ amphoraId: carried.amphoraId, receivedAtMs: 77 }),
  ]);
  expect(statisticsIn(batch).map(({ rxBytes }) => rxBytes)).toEqual([5, 3]);
  expect(dropped).toEqual(['bad-hmac']);
});

test('totals above 2^53 keep every digit, and a listener whose id is none is not counted', async () => {
  const carried = nobody();
  const plain = heartbeatOf(carried, { version: 2, sequence: 0 });
  const [listener] = plain.listeners.values();
  if (!listener) throw new Error('no listener');
  const huge = { ...listener, rxBytes: 2n ** 60n + 1n };
  const listeners = new Map([[carried.listenerId, huge]]);
  const { batch } = await hear([{ ...plain, listeners }]);
  expect(statisticsIn(batch)).toEqual([
    expect.objectContaining({
      amphoraId: carried.amphoraId,
      listenerId: carried.listenerId,
      isDelta: false,
      rxBytes: 2n ** 60n + 1n,
    }),
  ]);
  const odd = await hear([{ ...plain, listeners: new Map([['no id', listener]]) }]);
  expect(statisticsIn(odd.batch)).toEqual([]);
  expect(odd.batch.statuses).toHaveLength(1);
});
