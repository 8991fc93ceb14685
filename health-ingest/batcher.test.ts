import { afterEach, expect, test } from 'vitest';
import { systemClock } from '#core/service/system-clock.ts';
import type { Batch, StatisticsReport } from './batch.ts';
import { Batcher, type BatcherOptions, type BatchPart } from './batcher.ts';
import { eventually } from './testing/eventually.ts';

let batcher: Batcher | undefined;
afterEach(() => batcher?.stop());

function open(own: Partial<BatcherOptions>): {
  readonly batcher: Batcher;
  readonly sent: Batch[];
  readonly dropped: BatchPart[];
} {
  const sent: Batch[] = [];
  const dropped: BatchPart[] = [];
  batcher = new Batcher({
    delayMsMax: 5,
    sizeMax: 100,
    waitingMax: 100,
    retryDelayMs: 1,
    clock: systemClock,
    append: async (batch) => void sent.push(batch),
    dropped: (part) => dropped.push(part),
    failed: () => undefined,
    ...own,
  });
  return { batcher, sent, dropped };
}

const counted = (rxBytes: number | bigint, isDelta = true): StatisticsReport => ({
  amphoraId: 'a',
  listenerId: 'l',
  isDelta,
  rxBytes,
  txBytes: 0,
  activeConnections: 0,
  totalConnections: 0,
  requestErrors: 0,
});

test('a batch leaves when it is full, or when its first entry has waited long enough', async () => {
  const { batcher, sent } = open({ sizeMax: 2, delayMsMax: 60_000 });
  batcher.seen('a', 1);
  batcher.seen('b', 2);
  await eventually(() => (sent.length === 1 ? true : undefined));
  const slow = open({ delayMsMax: 1 });
  slow.batcher.seen('a', 1);
  await eventually(() => (slow.sent.length === 1 ? true : undefined));
});

test('of one amphora the latest counts, and increments of one listener are added up', async () => {
  const { batcher, sent } = open({});
  batcher.seen('a', 1);
  batcher.seen('a', 2);
  batcher.count(counted(3));
  batcher.count(counted(2 ** 53 - 1));
  await eventually(() => (sent.length > 0 ? true : undefined));
  expect([...(sent[0]?.lastSeenMs ?? [])]).toEqual([['a', 2]]);
  expect([...(sent[0]?.statistics.values() ?? [])].map(({ rxBytes }) => rxBytes)).toEqual([
    2n ** 53n + 2n,
  ]);
});

test('while Redis is away the same batch is tried again and the next one gathers behind it', async () => {
  const tried: string[] = [];
  let isAway = true;
  const { batcher } = open({
    async append(batch) {
      tried.push(batch.id);
      if (isAway) throw new Error('away');
    },
  });
  batcher.seen('a', 1);
  await eventually(() => (tried.length >= 3 ? true : undefined));
  batcher.seen('b', 2);
  expect(new Set(tried).size).toBe(1);
  expect(batcher.lagMs).toBeGreaterThan(0);
  isAway = false;
  await eventually(() => (new Set(tried).size === 2 ? true : undefined));
  await eventually(() => (batcher.lagMs === 0 ? true : undefined));
});

test('when too much waits, new amphorae are dropped and counted, known ones are kept fresh', async () => {
  const { batcher, dropped } = open({ waitingMax: 1, delayMsMax: 60_000 });
  batcher.seen('a', 1);
  batcher.seen('b', 1);
  batcher.seen('a', 2);
  expect(dropped).toEqual(['last-seen']);
});

test('it stops only after what waits is sent', async () => {
  const { batcher, sent } = open({ delayMsMax: 60_000 });
  batcher.seen('a', 1);
  await batcher.stop();
  expect(sent).toHaveLength(1);
});
