import { afterEach, expect, test } from 'vitest';
import { systemClock } from '#core/service/system-clock.ts';
import type { StatusReport } from '../exchange/status-report.ts';
import { eventually } from '../testing/eventually.ts';
import type { Batch } from './batch.ts';
import { Batcher, type BatcherOptions, type BatchPart } from './batcher.ts';

let batcher: Batcher | undefined;
afterEach(() => batcher?.stop());

interface Opened {
  readonly batcher: Batcher;
  readonly sent: Batch[];
  readonly dropped: BatchPart[];
  readonly returned: string[];
}

function open(own: Partial<BatcherOptions>): Opened {
  const sent: Batch[] = [];
  const dropped: BatchPart[] = [];
  const returned: string[] = [];
  batcher = new Batcher({
    delayMsMax: 1,
    retryDelayMs: 1,
    sightingsMax: 100,
    reportsMax: 4,
    statisticsMax: 100_000,
    clock: systemClock,
    append: async (batch) => void sent.push(batch),
    dropped: (part) => dropped.push(part),
    returned: (reports) => returned.push(...reports.map(({ amphoraId }) => amphoraId)),
    failed: () => undefined,
    ...own,
  });
  return { batcher, sent, dropped, returned };
}

const report =
  (amphoraId: string, receivedAtMs = 0) =>
  (): StatusReport => ({
    amphoraId,
    receivedAtMs,
    version: 3,
    listeners: new Map(),
    pools: [],
  });
const never = (): StatusReport => {
  throw new Error('made');
};
const idOf = (number: number): Uint32Array => Uint32Array.of(number, 0, 0, 0);
const until = (isTrue: () => boolean): Promise<true> =>
  eventually(() => (isTrue() ? true : undefined));
const numbersOf = (batches: readonly Batch[]): readonly number[] =>
  batches.flatMap(({ sightings }) => sightings.map(({ number }) => number));

/** A Redis that can be away. */
function redis(): {
  isAway: boolean;
  readonly tried: Batch[];
  append(batch: Batch): Promise<void>;
} {
  const tried: Batch[] = [];
  return {
    isAway: true,
    tried,
    async append(batch) {
      tried.push(batch);
      if (this.isAway) throw new Error('away');
    },
  };
}

test('all that came within a moment leaves together', async () => {
  const { batcher, sent } = open({ delayMsMax: 20 });
  batcher.seen(0, idOf(1), 0);
  batcher.seen(1, idOf(2), 0);
  batcher.report('change', report('a'));
  batcher.count(idOf(1), true, idOf(9), Float64Array.of(1, 2, 3, 4, 5), 0);
  await until(() => sent.length > 0);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.sightings.map(({ ids }) => ids.length)).toEqual([8]);
  expect(sent[0]?.statuses.map(({ amphoraId }) => amphoraId)).toEqual(['a']);
  expect(sent[0]?.statistics.length).toBeGreaterThan(0);
  await until(() => batcher.lagMs === 0);
});

test('while Redis is away the same batch is tried again and the next one gathers behind it', async () => {
  const store = redis();
  const { batcher } = open({ append: (batch) => store.append(batch) });
  batcher.seen(0, idOf(1), systemClock.monotonicMs());
  await until(() => store.tried.length >= 3);
  batcher.seen(1, idOf(2), systemClock.monotonicMs());
  expect(new Set(store.tried.map(({ id }) => id)).size).toBe(1);
  expect(batcher.lagMs).toBeGreaterThan(0);
  store.isAway = false;
  await until(() => batcher.lagMs === 0);
  const arrived = store.tried.filter(({ id }, index, all) => id !== all[index + 1]?.id);
  expect(numbersOf(arrived)).toEqual([0, 1]);
});

test('statuses that did not arrive go back and are not sent when they are old', async () => {
  const store = redis();
  const { batcher, returned } = open({ append: (batch) => store.append(batch) });
  expect(batcher.report('change', report('a'))).toBe(true);
  await until(() => returned.length > 0);
  expect(returned).toEqual(['a']);
  // Kept, but not promised: the next heartbeat is to bring it again.
  expect(batcher.report('change', report('b', 1))).toBe(false);
  expect(batcher.report('change', report('b', 2))).toBe(false);
  store.isAway = false;
  await until(() => batcher.lagMs === 0);
  const arrived = store.tried.slice(-2).flatMap(({ statuses }) => statuses);
  expect(arrived.map(({ amphoraId, receivedAtMs }) => [amphoraId, receivedAtMs])).toEqual([
    ['b', 2],
  ]);
  expect(batcher.report('change', report('c'))).toBe(true);
});

test('when room is short reports that can wait are turned away first, changes last, and each is counted', () => {
  const { batcher, dropped } = open({ delayMsMax: 60_000 });
  expect(batcher.report('refresh', report('a'))).toBe(true);
  expect(batcher.report('refresh', report('b'))).toBe(false);
  expect(batcher.report('first-sight', report('c'))).toBe(true);
  expect(batcher.report('asked', report('d'))).toBe(false);
  expect(batcher.report('change', report('e'))).toBe(true);
  expect(batcher.report('change', report('f'))).toBe(true);
  expect(batcher.report('change', report('g'))).toBe(false);
  expect(dropped).toEqual(['refresh', 'first-sight', 'status']);
});

test('while Redis is behind no report that can wait is made', async () => {
  const store = redis();
  const { batcher, dropped } = open({ append: (batch) => store.append(batch) });
  batcher.seen(0, idOf(1), 0);
  await until(() => store.tried.length > 0);
  expect(batcher.report('refresh', never)).toBe(false);
  expect(batcher.report('first-sight', never)).toBe(false);
  expect(dropped).toEqual(['refresh', 'first-sight']);
});

test('a sighting for which there is no room leaves a gap that readers see', async () => {
  const { batcher, sent, dropped } = open({ sightingsMax: 1 });
  batcher.seen(0, idOf(1), 0);
  batcher.seen(1, idOf(2), 0);
  await until(() => sent.length > 0);
  batcher.seen(1, idOf(2), 0);
  await until(() => sent.length > 1);
  expect(dropped).toEqual(['sighting']);
  expect(numbersOf(sent)).toEqual([1, 2]);
});

test('it stops only after what waits is sent', async () => {
  const { batcher, sent } = open({ delayMsMax: 60_000 });
  batcher.seen(0, idOf(1), 0);
  await batcher.stop();
  expect(sent).toHaveLength(1);
});

test('it stops also while Redis is away', async () => {
  const store = redis();
  const { batcher } = open({ append: (batch) => store.append(batch), retryDelayMs: 60_000 });
  batcher.seen(0, idOf(1), 0);
  await until(() => store.tried.length > 0);
  await batcher.stop();
});
