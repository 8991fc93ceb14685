import { beforeEach, expect, test } from 'vitest';
import { AmphoraMemory } from './amphora-memory.ts';
import { type Carried, heartbeatOf, nobody, type Said } from './testing/carried.ts';

const REFRESH_MS = 1000;
let memory: AmphoraMemory;
let carried: Carried;
beforeEach(() => {
  memory = new AmphoraMemory({
    refreshIntervalMs: REFRESH_MS,
    forgetAfterMs: 10_000,
    amphoraeMax: 2,
  });
  carried = nobody();
});

const newsAt = (nowMs: number, said: Said) => {
  const news = memory.newsIn(heartbeatOf(carried, said), nowMs);
  return [news.isStatusDue, news.statistics.length];
};

test('the first heartbeat of an amphora is told in full, the same again is no news', () => {
  expect(newsAt(0, { sequence: 1 })).toEqual([true, 1]);
  expect(newsAt(10, { sequence: 2 })).toEqual([false, 0]);
});

test('any word that changes is told at once', () => {
  newsAt(0, { sequence: 1 });
  expect(newsAt(1, { sequence: 2, listener: 'FULL' })).toEqual([true, 0]);
  expect(newsAt(2, { sequence: 3, pool: 'DOWN' })).toEqual([true, 0]);
  expect(newsAt(3, { sequence: 4, members: ['DOWN', 'UP'] })).toEqual([true, 0]);
  expect(newsAt(4, { sequence: 5, members: ['UP', 'DOWN'] })).toEqual([true, 0]);
  expect(newsAt(5, { sequence: 6, listener: null })).toEqual([true, 0]);
});

test('what never changes is told again once a refresh interval', () => {
  newsAt(0, { sequence: 1 });
  expect(newsAt(REFRESH_MS - 1, { sequence: 2 })).toEqual([false, 0]);
  expect(newsAt(REFRESH_MS, { sequence: 3 })).toEqual([true, 0]);
  expect(newsAt(REFRESH_MS + 1, { sequence: 4 })).toEqual([false, 0]);
});

test('statistics are told when something was counted or open connections changed', () => {
  newsAt(0, { sequence: 1, activeConnections: 2 });
  expect(newsAt(1, { sequence: 2, activeConnections: 2 })).toEqual([false, 0]);
  expect(newsAt(2, { sequence: 3, activeConnections: 2, rxBytes: 1 })).toEqual([false, 1]);
  expect(newsAt(3, { sequence: 4, activeConnections: 0 })).toEqual([false, 1]);
  expect(newsAt(4, { sequence: 4, rxBytes: 1 })).toEqual([false, 0]);
});

test('an agent that starts again from 0 is heard', () => {
  newsAt(0, { sequence: 17 });
  expect(newsAt(1, { sequence: 0, rxBytes: 5 })).toEqual([false, 1]);
  expect(newsAt(2, { sequence: 0, rxBytes: 5 })).toEqual([false, 1]);
});

test('it remembers no more amphorae than it may, and tells of the others in full each time', () => {
  for (const _ of [1, 2]) memory.newsIn(heartbeatOf(nobody()), 0);
  expect(newsAt(0, { sequence: 1 })).toEqual([true, 1]);
  expect(newsAt(1, { sequence: 2 })).toEqual([true, 1]);
  memory.sweep(10_001);
  expect(memory.size).toBe(0);
});
