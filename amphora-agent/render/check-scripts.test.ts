import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderCheckScript, renderHaproxyCheck, renderLvsCheck } from './check-scripts.ts';

let folder: string;
let daemon: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
  daemon = spawn('sh', ['-c', 'read line', 'sh', join(folder, 'listener.pid')]);
});
afterEach(async () => {
  daemon.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function run(script: string): number | null {
  return spawnSync('bash', ['-c', script]).status;
}

test('an LVS listener fails the check when the process of its pid file is gone, or another', async () => {
  const check = renderLvsCheck(folder);
  expect(run(check)).toBe(0);
  await writeFile(join(folder, 'listener.pid'), `${daemon.pid}\n`);
  await writeFile(join(folder, 'listener.check.pid'), '1\n');
  expect(run(check)).toBe(0);
  await writeFile(join(folder, 'listener.pid'), '1\n');
  expect(run(check)).toBe(1);
  await writeFile(join(folder, 'listener.pid'), `${daemon.pid}\n`);
  daemon.kill('SIGKILL');
  await once(daemon, 'close');
  expect(run(check)).toBe(1);
});

test('a check of HAProxy fails with HAProxy, but not when it was taken away meanwhile', async () => {
  const [script, program] = [join(folder, 'check.sh'), join(folder, 'program')];
  const given = { program, statsSockets: ['socket'], rounds: 1, hasLvsListeners: true };
  const failing = async (words: string): Promise<number | null> => {
    await writeFile(script, renderHaproxyCheck(given) ?? '');
    await writeFile(program, `#!/bin/sh\n${words}exit 1\n`, { mode: 0o755 });
    return spawnSync('bash', [script]).status;
  };
  expect(await failing('')).toBe(1);
  expect(await failing(`rm ${script}\n`)).toBe(0);
});

test('the check of all fails when one fails, and passes when there is none', async () => {
  expect(run(renderCheckScript(join(folder, 'none')))).toBe(0);
  await writeFile(join(folder, 'good.sh'), 'exit 0\n');
  expect(run(renderCheckScript(folder))).toBe(0);
  await writeFile(join(folder, 'bad.sh'), 'exit 1\n');
  expect(run(renderCheckScript(folder))).toBe(1);
});
