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

async function takenStot(counters: StatsCounters, id = 'l1'): Promise<number> {
  return (await counters.take(id)).stot;
}

it('counts from zero for a listener it never saw, then only what is new', async () => {
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(5)]);
  expect(await counters.take('l1')).toEqual({ bin: 50, bout: 500, ereq: 0, stot: 5 });
  await counters.observe('10', [row(7)]);
  expect(await takenStot(counters)).toBe(2);
  expect(await takenStot(counters)).toBe(0);
});

it('takes counters that went back for those of a new process, whose number had come round', async () => {
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(100)]);
  await counters.observe('10', [row(3)]);
  expect(await takenStot(counters)).toBe(103);
});

it('another agent counts on where the last one stopped, and tells what that one had not told', async () => {
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(100)]);
  await counters.take('l1');
  await counters.observe('10', [row(105)]);
  await counters.save();
  const next = new StatsCounters(file);
  await next.observe('10', [row(106)]);
  expect(await takenStot(next)).toBe(6);
});

it('counts each process once, also when the new one has soon served more than the old', async () => {
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(10)]);
  await counters.observe('11', [row(50)]);
  await counters.observe('10', [row(12)]); // still at what it began
  await counters.observe('11', [row(60)]);
  await counters.forgetWorkers(['l1'], new Set(['11']));
  await counters.observe('11', [row(61)]);
  expect(await takenStot(counters)).toBe(12 + 61);
});

it('what could not be sent is in the next heartbeat', async () => {
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(10)]);
  const taken = await counters.take('l1');
  await counters.observe('10', [row(11)]);
  await counters.putBack('l1', taken);
  expect(await takenStot(counters)).toBe(11);
});

it('goes on from a file of Octavia’s, which names no process', async () => {
  await writeFile(file, '{"l1":{"bin":100,"bout":1000,"ereq":0,"stot":10}}');
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(12)]);
  await counters.observe('11', [row(1)]);
  expect(await takenStot(counters)).toBe(3);
});

it('forgets listeners that are gone', async () => {
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(10), row(10, 'l2')]);
  await counters.keepOnly(new Set(['l2']));
  await counters.save();
  expect(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object)).toEqual(['l2']);
});

it.each([
  '',
  '{',
  'null',
  '[]',
  '{"l1":null}',
  '{"l1":{"stot":"x"}}',
  '{"l1":{"workers":7,"unsent":{"bin":-1}}}',
])('a file that holds %j costs no heartbeat', async (text) => {
  await writeFile(file, text);
  const counters = new StatsCounters(file);
  await counters.observe('10', [row(1)]);
  expect(await takenStot(counters)).toBe(1);
});
