import { beforeEach, expect, test } from 'vitest';
import { digestOf } from '#core/heartbeat/status-digest.ts';
import { ViewBuffer } from '#core/heartbeat/view-buffer.ts';
import { type Carried, heartbeatOf, nobody, type Said } from '../testing/carried.ts';
import { allocateAmphorae } from './amphora-memory.ts';
import { AmphoraTable, type News, type TableOptions } from './amphora-table.ts';

const REFRESH_MS = 1000;
const EPOCH = 1_700_000_000;
const AMPHORAE_MAX = 3;
const OPTIONS: Omit<TableOptions, 'memory'> = {
  thread: 0,
  refreshAfterMs: REFRESH_MS,
  refreshesPerSecond: 100,
  reportsPerSecond: 100,
  forgetAfterMs: 10_000,
  restartAfterMs: 5000,
};

const open = (own: Partial<TableOptions> = {}): AmphoraTable =>
  new AmphoraTable({ ...OPTIONS, memory: allocateAmphorae(AMPHORAE_MAX), ...own });

let table: AmphoraTable;
let carried: Carried;
beforeEach(() => {
  table = open();
  carried = nobody();
});

interface Heard {
  readonly of?: Carried;
  readonly epoch?: number;
  /** Whether what was news found room on its way out. */
  readonly isTaken?: boolean;
}

/** Hears a heartbeat and tells what is news of it, as `ingest` does. */
function hear(
  nowMs: number,
  said: Said,
  { of = carried, epoch = EPOCH, isTaken = true }: Heard = {},
): News {
  const heartbeat = heartbeatOf(of, said);
  const view = new ViewBuffer(() => heartbeat);
  view.fill(heartbeat, epoch, digestOf(heartbeat));
  const news = { ...table.note(view, nowMs) };
  if (isTaken && news.report !== null) table.reported(news, view, nowMs);
  if (isTaken && news.isGaugeNews) table.gaugesTold(news);
  table.release(news);
  return news;
}
const newsAt = (nowMs: number, said: Said, heard: Heard = {}) => {
  const { report, isGaugeNews } = hear(nowMs, said, heard);
  return [report, isGaugeNews];
};
const idOf = (one: Carried): Uint32Array => {
  const heartbeat = heartbeatOf(one);
  const view = new ViewBuffer(() => heartbeat);
  view.fill(heartbeat, EPOCH, digestOf(heartbeat));
  return view.id;
};

test('the first heartbeat of an amphora is told in full, the same again is no news', () => {
  expect(newsAt(0, { sequence: 1 })).toEqual(['first-sight', true]);
  expect(newsAt(10, { sequence: 2 })).toEqual([null, false]);
});

test('any word that changes is told at once', () => {
  hear(0, { sequence: 1 });
  expect(newsAt(1, { sequence: 2, listener: 'FULL' })).toEqual(['change', false]);
  expect(newsAt(2, { sequence: 3, pool: 'DOWN' })).toEqual(['change', false]);
  expect(newsAt(3, { sequence: 4, members: ['DOWN', 'UP'] })).toEqual(['change', false]);
  expect(newsAt(4, { sequence: 5, members: ['UP', 'DOWN'] })).toEqual(['change', false]);
  expect(newsAt(5, { sequence: 6, listener: null })).toEqual(['change', true]);
});

test('what found no room is told again with the next heartbeat', () => {
  expect(newsAt(0, { sequence: 1 }, { isTaken: false })).toEqual(['first-sight', true]);
  expect(newsAt(1, { sequence: 2 })).toEqual(['first-sight', true]);
  const down: Said = { pool: 'DOWN', activeConnections: 5 };
  expect(newsAt(2, { ...down, sequence: 3 }, { isTaken: false })).toEqual(['change', true]);
  expect(newsAt(3, { ...down, sequence: 4 })).toEqual(['change', true]);
  expect(newsAt(4, { ...down, sequence: 5 })).toEqual([null, false]);
});

test('a report that did not reach Redis is told again as the change it was', () => {
  hear(0, { sequence: 1 });
  table.unreported(idOf(carried));
  table.unreported(idOf(carried));
  expect(newsAt(1, { sequence: 2 })).toEqual(['change', false]);
  expect(newsAt(2, { sequence: 3 })).toEqual([null, false]);
});

test('who is asked tells all with the next heartbeat, once', () => {
  const other = nobody();
  hear(0, { sequence: 1 });
  hear(0, { sequence: 1 }, { of: other });
  table.ask(Uint32Array.of(...idOf(carried), ...idOf(nobody())));
  expect(newsAt(1, { sequence: 2 })).toEqual(['asked', true]);
  expect(newsAt(2, { sequence: 3 })).toEqual([null, false]);
  expect(newsAt(2, { sequence: 2 }, { of: other })).toEqual([null, false]);
  table.askAll(5);
  expect(newsAt(6, { sequence: 4 })).toEqual(['asked', true]);
  expect(newsAt(6, { sequence: 3 }, { of: other })).toEqual(['asked', true]);
});

test('what never changes is told again after a while, the later the more amphorae there are', () => {
  hear(0, { sequence: 1 });
  expect(newsAt(REFRESH_MS - 1, { sequence: 2 })).toEqual([null, false]);
  expect(newsAt(REFRESH_MS, { sequence: 3 })).toEqual(['refresh', false]);
  table = open({ refreshesPerSecond: 0.5 });
  const [one, two] = [nobody(), nobody()];
  for (const each of [one, two]) hear(0, { sequence: 1 }, { of: each });
  expect(newsAt(3999, { sequence: 2 }, { of: one })).toEqual([null, false]);
  expect(newsAt(4000, { sequence: 3 }, { of: one })).toEqual(['refresh', false]);
});

test('before a large fleet first sights are told at a bounded rate, changes of those known are not held up', () => {
  table = open({ reportsPerSecond: 2 });
  const fleet = [nobody(), nobody(), nobody()];
  const told = (nowMs: number, sequence: number) =>
    fleet.map((of) => newsAt(nowMs, { sequence }, { of })[0]);
  expect(told(0, 1)).toEqual(['first-sight', 'first-sight', null]);
  expect(newsAt(0, { sequence: 2, pool: 'DOWN' }, { of: fleet[0] as Carried })).toEqual([
    'change',
    false,
  ]);
  expect(told(499, 3).at(-1)).toBeNull();
  expect(told(500, 4).at(-1)).toBe('first-sight');
});

test('open connections are told when they changed, and totals of old amphorae too', () => {
  hear(0, { sequence: 1, activeConnections: 2 });
  expect(newsAt(1, { sequence: 2, activeConnections: 2, rxBytes: 7 })).toEqual([null, false]);
  expect(newsAt(2, { sequence: 3, activeConnections: 0 })).toEqual([null, true]);
  const old = nobody();
  hear(0, { version: 2, sequence: 1, rxBytes: 10 }, { of: old });
  expect(newsAt(1, { version: 2, sequence: 2, rxBytes: 10 }, { of: old })).toEqual([null, false]);
  expect(newsAt(2, { version: 2, sequence: 3, rxBytes: 11 }, { of: old })).toEqual([null, true]);
});

test('a heartbeat overtaken by a newer one adds its increments, and tells no old statuses', () => {
  hear(0, { sequence: 1, activeConnections: 1 });
  hear(1, { sequence: 3, activeConnections: 1 });
  const late = hear(2, { sequence: 2, pool: 'DOWN', activeConnections: 9, rxBytes: 5 });
  expect(late).toMatchObject({ place: 'late', isCounted: true, report: null, isSignOfLife: false });
  // Its open connections were told with its increments; the next one sets them right.
  expect(newsAt(3, { sequence: 4, activeConnections: 1 })).toEqual([null, true]);
  expect(newsAt(4, { sequence: 5, activeConnections: 1 })).toEqual([null, false]);
  expect(hear(5, { version: 2, sequence: 0 })).toMatchObject({ place: 'late', isCounted: false });
});

test('a copy counts for nothing, on the native wire not even as a sign of life', () => {
  for (const epoch of [EPOCH, 0]) {
    carried = nobody();
    hear(0, { sequence: 1 }, { epoch });
    expect(hear(1, { sequence: 1 }, { epoch })).toMatchObject({
      report: null,
      isCounted: false,
      isGaugeNews: false,
      isSignOfLife: epoch === 0,
    });
  }
});

test('it remembers no more amphorae than it may; of the others each heartbeat is a first one, and a sign of life', () => {
  for (const each of [nobody(), nobody(), nobody()]) hear(0, { sequence: 1 }, { of: each });
  for (const sequence of [1, 2])
    expect(hear(0, { sequence })).toMatchObject({
      slot: -1,
      report: 'first-sight',
      isSignOfLife: true,
      isCounted: true,
    });
});

test('who is silent for long is forgotten, who is not stays', () => {
  const talker = nobody();
  hear(0, { sequence: 1 });
  hear(0, { sequence: 1 }, { of: talker });
  hear(9000, { sequence: 2 }, { of: talker });
  expect(table.sweep(10_001, 0, 1)).toBe(1);
  expect(table.sweep(10_001, 1, 1)).toBe(0);
  expect(table.size).toBe(1);
  expect(newsAt(10_002, { sequence: 3 }, { of: talker })).toEqual(['refresh', false]);
  expect(newsAt(10_002, { sequence: 2 })).toEqual(['first-sight', true]);
});
