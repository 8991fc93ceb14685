import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderVrrp } from './render-vrrp.ts';
import { goldenVrrpNames, readGoldenVrrp } from './testing/golden-vrrp.ts';

const exec = promisify(execFile);
const canRun = process.getuid?.() === 0 && existsSync('/usr/sbin/keepalived');
const namespace = `kac-${randomBytes(3).toString('hex')}`;
/** Its answer, too, to a good file whose scripts nobody vouches for. */
const SCRIPTS_NOT_SECURED = 6;
/** Of the original's words, which are ours where we speak to one of its amphorae. */
const EXPECTED =
  /SECURITY VIOLATION|version 3 does not support authentication|Defaulting to multicast/;
let folder: string;

describe.runIf(canRun)('what we write is accepted by the real keepalived', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kac-'));
    await mkdir(join(folder, 'vrrp'));
    for (const name of ['check_script.sh', 'vrrp-notify'])
      await writeFile(join(folder, 'vrrp', name), '#!/bin/sh\n', { mode: 0o755 });
    await exec('ip', ['netns', 'add', namespace]);
    const pair = ['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth2'];
    await exec('ip', ['-n', namespace, ...pair]);
  });
  afterAll(async () => {
    await exec('ip', ['netns', 'delete', namespace]).catch(() => {});
    await rm(folder, { recursive: true });
  });

  const cases = goldenVrrpNames().flatMap((name) =>
    [false, true].map((isFast) => ({ name, isFast, pace: isFast ? 'fast' : 'whole seconds' })),
  );
  test.each(cases)('$name, $pace', async ({ name, isFast }) => {
    const { amphora, tree, context } = readGoldenVrrp(name);
    const own = { ...context, basePath: folder, interfaceName: 'eth1', isFast };
    expect(await complaints(renderVrrp(amphora, tree, own))).toEqual([]);
  });
});

/** Of the checker, without those that the original has as well. */
async function complaints(config: string): Promise<readonly string[]> {
  const path = join(folder, 'keepalived.conf');
  await writeFile(path, config);
  const command = ['netns', 'exec', namespace, 'keepalived', '-t', '-f', path];
  const { code, said } = await exec('ip', command).then(
    ({ stderr }) => ({ code: 0, said: stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
  );
  const lines = said.split('\n').filter((line) => line !== '' && !EXPECTED.test(line));
  return code === 0 || code === SCRIPTS_NOT_SECURED ? lines : [`exit code ${code}`, ...lines];
}
