import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { boundLog, tailOfLog } from './agent-process.ts';
import { type LocalAmphoraPaths, localAmphoraPaths } from './amphora-paths.ts';

const MEBIBYTE = 1024 * 1024;
let paths: LocalAmphoraPaths;

beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'log-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  paths = localAmphoraPaths({ dataDir, namePrefix: 'zl' }, randomUUID());
  await mkdir(paths.root, { recursive: true });
});

test('an agent’s log that has grown too long is cut, and its newest half kept beside it', async () => {
  await appendFile(paths.agentLog, `${'x'.repeat(5 * MEBIBYTE)}the newest line\n`);
  await boundLog(paths);
  expect((await stat(paths.agentLog)).size).toBe(0);
  const kept = await readFile(`${paths.agentLog}.1`, 'utf8');
  expect(kept.length).toBeLessThanOrEqual(2 * MEBIBYTE);
  expect(kept).toMatch(/the newest line$/);
});

test('a log of ordinary length stays as it is, and no log is no fault', async () => {
  await boundLog(paths);
  await appendFile(paths.agentLog, 'one line\n');
  await boundLog(paths);
  expect(await readFile(paths.agentLog, 'utf8')).toBe('one line\n');
});

test('the tail is the end of the log, and empty when there is none', async () => {
  expect(await tailOfLog(paths)).toBe('');
  await appendFile(paths.agentLog, `${'old\n'.repeat(2000)}new\n`);
  const tail = await tailOfLog(paths);
  expect(tail).toMatch(/new$/);
  expect(tail.length).toBeLessThanOrEqual(2000);
});
