import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { beginEpoch } from './heartbeat-epoch.ts';

let folder: string;
let file: string;
const warnings: string[] = [];
const ignore = (): void => {};
const logger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (_fields, message) => void warnings.push(message),
  error: ignore,
  child: () => logger,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'epoch-'));
  file = join(folder, 'base', 'heartbeat_epoch');
  warnings.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function at(seconds: number): Clock {
  return { ...systemClock, nowMs: () => seconds * 1000 + 999 };
}

it('is the second in which the agent started', async () => {
  expect(await beginEpoch(file, at(1_700_000_000), logger)).toBe(1_700_000_000);
});

it('is never that of an earlier process, or less: not within a second, nor after the clock was set back', async () => {
  const epochs = [];
  for (const seconds of [1_700_000_000, 1_700_000_000, 1_600_000_000, 1_700_000_050])
    epochs.push(await beginEpoch(file, at(seconds), logger));
  expect(epochs).toEqual([1_700_000_000, 1_700_000_001, 1_700_000_002, 1_700_000_050]);
});

it('fits the wire whatever the clock says, and still grows', async () => {
  expect(await beginEpoch(file, at(2 ** 40), logger)).toBe(1);
  expect(await beginEpoch(file, at(2 ** 40), logger)).toBe(2);
});

it('is the clock’s where the disk has rubbish, or takes nothing', async () => {
  await beginEpoch(file, at(5), logger);
  await writeFile(file, 'rubbish');
  expect(await beginEpoch(file, at(1_700_000_000), logger)).toBe(1_700_000_000);
  expect((await readFile(file, 'utf8')).trim()).toBe('1700000000');

  await writeFile(join(folder, 'no-folder'), '');
  const nowhere = join(folder, 'no-folder', 'below', 'epoch');
  expect(await beginEpoch(nowhere, at(1_700_000_000), logger)).toBe(1_700_000_000);
  expect(warnings).toEqual(['when this agent started is not on disk']);
});
