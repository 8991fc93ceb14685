import { expect, test } from 'vitest';
import { textOf } from '#core/heartbeat/uuid-words.ts';
import { SightingBoard } from './sighting-board.ts';

const words = (amphora: number): Uint32Array => Uint32Array.of(amphora, 1, 2, 3);
const id = (amphora: number): string => textOf(words(amphora));
const board = (own: { idsMax?: number; isSilenceSuspect?: boolean } = {}): SightingBoard =>
  new SightingBoard({ idsMax: 1000, forgetAfterMs: 10_000, isSilenceSuspect: true, ...own });
const expected = (amphora: number, zone: string | null = null, isStopped = false) => ({
  id: id(amphora),
  zone,
  isStopped,
});
const bounds = (nowMs: number) => ({ lateMs: nowMs - 200, staleMs: nowMs - 300 });

test('those silent for longest come first, and zones are counted apart', () => {
  const seen = board();
  for (const [amphora, zone] of [
    [1, 'a'],
    [2, 'a'],
    [3, 'b'],
  ] as const)
    seen.expect(expected(amphora, zone), 0);
  seen.see(words(1), 150);
  seen.see(words(2), 100);
  seen.see(words(3), 500);
  const census = seen.census(bounds(500), 500);
  expect(census.stale.map((slot) => seen.idAt(slot))).toEqual([id(2), id(1)]);
  expect(census.zones.get('a')).toEqual({ expected: 2, late: 2, stale: 2 });
  expect(census.zones.get('b')).toEqual({ expected: 1, late: 0, stale: 0 });
});

test('one that never reported counts from when it was first expected, unless silence is no suspicion', () => {
  for (const isSilenceSuspect of [true, false]) {
    const seen = board({ isSilenceSuspect });
    seen.expect(expected(1), 100);
    seen.expect(expected(1), 390);
    expect(seen.census(bounds(399), 399).stale).toEqual([]);
    expect(seen.census(bounds(400), 400).stale).toHaveLength(isSilenceSuspect ? 1 : 0);
  }
});

test('a later look never makes an amphora older, nor a batch that comes late', () => {
  const seen = board();
  seen.expect(expected(1), 0);
  seen.see(words(1), 400);
  seen.see(words(1), 50);
  expect(seen.census(bounds(600), 600).stale).toEqual([]);
});

test('whom a pass over the database does not name is released, and forgotten after a while', () => {
  const seen = board();
  seen.expect(expected(1), 0);
  seen.endPass();
  seen.expect(expected(2), 0);
  seen.endPass();
  expect(seen.census(bounds(500), 500).stale.map((slot) => seen.idAt(slot))).toEqual([id(2)]);
  expect(seen.size).toBe(2);
  seen.census(bounds(10_001), 10_001);
  expect(seen.size).toBe(1);
});

test('a stopped amphora that reports again is named, and one whose failover is under way is not counted', () => {
  const seen = board();
  seen.expect(expected(1, null, true), 0);
  seen.expect(expected(2), 0);
  seen.see(words(1), 450);
  seen.markUnderWay(id(2), true);
  const census = seen.census(bounds(500), 500);
  expect(census.resumed.map((slot) => seen.idAt(slot))).toEqual([id(1)]);
  expect(census.zones.get('')).toEqual({ expected: 2, late: 0, stale: 0 });
});

test('a zone that stays silent does not hide who dies elsewhere, however large it is', () => {
  const seen = board({ idsMax: 20_000 });
  for (let amphora = 1; amphora <= 10_000; amphora++)
    seen.expect(expected(amphora, 'cut off', true), 0);
  seen.expect(expected(10_001, 'well'), 0);
  const { stale } = seen.census(bounds(500), 500);
  expect(stale).toHaveLength(10_000);
  expect(stale.map((slot) => seen.idAt(slot))).toContain(id(10_001));
});

test('what has no room is said, not passed over', () => {
  const seen = board({ idsMax: 1 });
  expect(seen.expect(expected(1), 0)).toBe(true);
  expect(seen.expect(expected(2), 0)).toBe(false);
});

test('a million amphorae are a few bytes each', () => {
  const before = process.memoryUsage().arrayBuffers;
  const seen = board({ idsMax: 1_048_576 });
  const ids = new Uint32Array(4 * 1_000_000);
  for (let index = 0; index < ids.length; index += 4) ids[index] = index;
  seen.see(ids, 1);
  expect(seen.size).toBe(1_000_000);
  expect(process.memoryUsage().arrayBuffers - before - ids.byteLength).toBeLessThan(80_000_000);
});
