import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { wordsOf } from '#core/heartbeat/uuid-words.ts';
import type { StatisticsReport } from '#core/ports/statistics.ts';
import { packStatistics, recordOf, unpackStatistics } from '../exchange/report-codec.ts';
import { StatisticsBuffer } from './statistics-buffer.ts';

const AMPHORA = randomUUID();
const LISTENER = randomUUID();
/** From here on those of one listener are added up. */
const MANY = 16_384;

const words = (id: string): Uint32Array => {
  const into = new Uint32Array(4);
  wordsOf(id, into);
  return into;
};
const add = (
  buffer: StatisticsBuffer,
  counters: readonly number[],
  { amphora = AMPHORA, listener = LISTENER, isDelta = true } = {},
): boolean => buffer.add(words(amphora), isDelta, words(listener), Float64Array.from(counters), 0);
const taken = (buffer: StatisticsBuffer): readonly StatisticsReport[] =>
  unpackStatistics(packStatistics(buffer.take()));
const report = (own: Partial<StatisticsReport>): StatisticsReport => ({
  amphoraId: AMPHORA,
  listenerId: LISTENER,
  isDelta: true,
  rxBytes: 0,
  txBytes: 0,
  activeConnections: 0,
  totalConnections: 0,
  requestErrors: 0,
  ...own,
});
function fill(buffer: StatisticsBuffer): void {
  for (let index = 0; index < MANY; index++)
    add(buffer, [0, 0, 0, 0, 0], {
      amphora: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    });
}

test('what goes in comes out of the other end of Redis, up to 2^53', () => {
  const buffer = new StatisticsBuffer(10);
  add(buffer, [1, 2 ** 53 - 1, 2 ** 32, 4, 2 ** 32 - 1]);
  add(buffer, [5, 0, 0, 0, 0], { isDelta: false });
  expect(taken(buffer)).toEqual([
    report({
      rxBytes: 1,
      txBytes: 2 ** 53 - 1,
      activeConnections: 2 ** 32,
      totalConnections: 4,
      requestErrors: 2 ** 32 - 1,
    }),
    report({ isDelta: false, rxBytes: 5 }),
  ]);
  expect(taken(buffer)).toEqual([]);
});

test('a total above 2^53 keeps every digit', () => {
  const buffer = new StatisticsBuffer(10);
  const huge = report({ isDelta: false, rxBytes: 2n ** 63n - 1n, txBytes: 2n ** 53n + 1n });
  buffer.addRecord(recordOf(huge));
  expect(taken(buffer)).toEqual([huge]);
});

test('while much waits, increments of one listener are added up exactly and open connections are the latest', () => {
  const buffer = new StatisticsBuffer(MANY + 10);
  fill(buffer);
  add(buffer, [2 ** 32 - 1, 2 ** 53 - 1, 9, 1, 0]);
  add(buffer, [1, 2 ** 53 - 1, 3, 1, 0]);
  add(buffer, [7, 0, 0, 0, 0], { isDelta: false });
  add(buffer, [8, 0, 0, 0, 0], { isDelta: false });
  expect(taken(buffer).slice(MANY)).toEqual([
    report({
      rxBytes: 2 ** 32,
      txBytes: 2n ** 54n - 2n,
      activeConnections: 3,
      totalConnections: 2,
    }),
    report({ isDelta: false, rxBytes: 8 }),
  ]);
});

test('an absurd sum stays at the largest number that a column holds', () => {
  const buffer = new StatisticsBuffer(MANY + 10);
  fill(buffer);
  const largest = 2n ** 63n - 1n;
  buffer.addRecord(recordOf(report({ rxBytes: largest })));
  add(buffer, [5, 5, 0, 0, 0]);
  expect(taken(buffer).slice(MANY)).toEqual([report({ rxBytes: largest, txBytes: 5 })]);
});

test('beyond its bound only listeners that wait already are added to', () => {
  const buffer = new StatisticsBuffer(MANY + 1);
  fill(buffer);
  expect(add(buffer, [1, 0, 0, 0, 0])).toBe(true);
  expect(add(buffer, [1, 0, 0, 0, 0], { listener: randomUUID() })).toBe(false);
  expect(add(buffer, [1, 0, 0, 0, 0])).toBe(true);
  expect(taken(buffer).at(-1)).toEqual(report({ rxBytes: 2 }));
});
