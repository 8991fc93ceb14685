import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ListenerRow } from './haproxy-stats.ts';
import { StatsCounters } from './stats-counters.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oat-counters-'));
  file = join(folder, 'stats_counters.json');
});
afterEach(async () => rm(folder, { recursive: true }));

function row(stot: number, id = 'l1'): ListenerRow {
  const totals = { bin: stot * 10, bout: stot * 100, ereq: 0, stot };
  return { id, status: 'OPEN', activeConnections: 0, totals };
}

it('counts from zero for a listener it never saw, then only what is new', async () => {
  const counters = new StatsCounters(file);
  await counters.observe([row(5)]);
  expect(counters.take('l1')).toEqual({ bin: 50, bout: 500, ereq: 0, stot: 5 });
  await counters.observe([row(7)]);
  expect(counters.take('l1').stot).toBe(2);
  expect(counters.take('l1').stot).toBe(0);
});

it('takes counters that went back for those of a new process', async () => {
  const counters = new StatsCounters(file);
  await counters.observe([row(100)]);
  await counters.observe([row(3)]);
  expect(counters.take('l1').stot).toBe(103);
});

it('another agent counts on where the last one stopped, in the file that Octavia writes', async () => {
  await new StatsCounters(file).observe([row(100)]);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    l1: { bin: 1000, bout: 10_000, ereq: 0, stot: 100 },
  });
  const next = new StatsCounters(file);
  await next.observe([row(101)]);
  expect(next.take('l1').stot).toBe(1);
});

it('counts each of two processes once, also when the new one has soon served more than the old', async () => {
  const counters = new StatsCounters(file);
  await counters.observe([row(10)]);
  counters.hold(['l1']);
  await counters.observe([row(50)]); // a heartbeat in between: whose counters are these?
  await counters.release(['l1'], [row(12)], true);
  await counters.observe([row(20)]);
  expect(counters.take('l1').stot).toBe(32);
});

it('counts on with the old process when it was not replaced', async () => {
  const counters = new StatsCounters(file);
  await counters.observe([row(10)]);
  counters.hold(['l1']);
  await counters.release(['l1'], [row(12)], false);
  await counters.observe([row(20)]);
  expect(counters.take('l1').stot).toBe(20);
});

it('forgets listeners that are gone', async () => {
  const counters = new StatsCounters(file);
  await counters.observe([row(10), row(10, 'l2')]);
  await counters.keepOnly(new Set(['l2']));
  expect(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object)).toEqual(['l2']);
});

it.each(['', '{', 'null', '[]', '{"l1":null}', '{"l1":{"stot":"x"}}'])(
  'a file that holds %j costs no heartbeat',
  async (text) => {
    await writeFile(file, text);
    const counters = new StatsCounters(file);
    await counters.observe([row(1)]);
    expect(counters.take('l1').stot).toBeGreaterThanOrEqual(0);
  },
);
