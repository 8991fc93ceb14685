import * as fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { allocateAmphorae, viewsOf } from './amphora-memory.ts';
import { AmphoraRecords } from './amphora-records.ts';
import { type Place, SequenceWindows } from './sequence-window.ts';

const QUIET_MS = 5000;
let windows: SequenceWindows;
beforeEach(() => {
  const records = new AmphoraRecords(viewsOf(allocateAmphorae(1)), 0);
  windows = new SequenceWindows({ restartAfterMs: QUIET_MS }, records);
});

interface Beat {
  readonly content?: number;
  readonly quietMs?: number;
}
const native = (sequence: number, epoch = 7): Place =>
  windows.place(0, { sequence, epoch }, sequence, QUIET_MS * 9);
const octavia = (sequence: number, { content = sequence, quietMs = 0 }: Beat = {}): Place =>
  windows.place(0, { sequence, epoch: 0 }, content, quietMs);

test('on the native wire each number counts once, late or not, and its copies say nothing', () => {
  windows.begin(0, { sequence: 1, epoch: 7 }, 1);
  expect([native(2), native(5), native(3), native(4)]).toEqual([
    'newest',
    'newest',
    'late',
    'late',
  ]);
  expect([native(5), native(3), native(1)]).toEqual(['replay', 'replay', 'replay']);
});

test('whatever the network does to one run, the native wire takes each of the last 32 once', () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 200 });
  fc.assert(
    fc.property(arrivals, (sequences) => {
      windows.begin(0, { sequence: 0, epoch: 7 }, 0);
      const seen = new Set([0]);
      let newest = 0;
      for (const sequence of sequences) {
        const isNew = !seen.has(sequence) && sequence > newest - 32;
        const expected = sequence > newest ? 'newest' : isNew ? 'late' : 'replay';
        expect(native(sequence)).toBe(expected);
        if (isNew) seen.add(sequence);
        newest = Math.max(newest, sequence);
      }
    }),
  );
});

test('on the native wire a later start begins anew and an earlier one is a replay', () => {
  windows.begin(0, { sequence: 9, epoch: 7 }, 9);
  expect([native(0, 8), native(10, 7), native(0, 8), native(1, 8)]).toEqual([
    'newest',
    'replay',
    'replay',
    'newest',
  ]);
});

test("on Octavia's wire a copy is a twin, and one overtaken counts", () => {
  windows.begin(0, { sequence: 1, epoch: 0 }, 1);
  expect([octavia(1), octavia(3), octavia(2), octavia(2), octavia(1)]).toEqual([
    'twin',
    'newest',
    'late',
    'twin',
    'twin',
  ]);
});

test("on Octavia's wire a restart is seen by a number below the window or by another content", () => {
  windows.begin(0, { sequence: 100, epoch: 0 }, 100);
  expect(octavia(0)).toBe('newest');
  expect(octavia(0)).toBe('twin');
  expect(octavia(0, { content: 99 })).toBe('newest');
  expect([octavia(1), octavia(2)]).toEqual(['newest', 'newest']);
  expect(octavia(0, { content: 99 })).toBe('twin');
  expect(octavia(0, { content: 98 })).toBe('newest');
});

test("on Octavia's wire a lower number after a silence is a restart: the manager beside us may have its 0", () => {
  windows.begin(0, { sequence: 1, epoch: 0 }, 1);
  expect([octavia(3), octavia(5)]).toEqual(['newest', 'newest']);
  expect(octavia(1, { content: 11, quietMs: QUIET_MS - 1 })).toBe('twin');
  expect(octavia(1, { content: 11, quietMs: QUIET_MS })).toBe('newest');
  expect(octavia(3, { content: 13 })).toBe('newest');
});

test('a wire without numbers is always news, and an amphora may change its wire', () => {
  windows.begin(0, { sequence: -1, epoch: 0 }, 1);
  expect([octavia(-1), octavia(-1), octavia(0)]).toEqual(['newest', 'newest', 'newest']);
  expect([native(0), octavia(0), octavia(1)]).toEqual(['newest', 'newest', 'newest']);
});
