import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { NOBODY } from '../auth/strategy.ts';
import { openPolicy } from './policy.ts';
import { readPolicyFiles } from './policy-files.ts';
import { reloadablePolicy } from './reloadable.ts';

const SHOW = 'os_load-balancer_api:loadbalancer:get_one';
const OPTIONS = { enforceNewDefaults: true, enforceScope: true };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-policy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, rule: string) =>
  writeFile(join(folder, name), `"${SHOW}": "${rule}"\n`);
const read = (policyFile: string | null = null, policyDirs: readonly string[] = ['policy.d']) =>
  readPolicyFiles({ policyFile, policyDirs }, folder);

test('without any file there are only the default rules', () => {
  expect(read()).toEqual([]);
});

test('policy.yaml beside the configuration is read, and then the folders, by name', async () => {
  await mkdir(join(folder, 'policy.d'));
  await write('policy.yaml', '!');
  await write('policy.d/20-b.yaml', '@');
  await write('policy.d/10-a.yaml', '!');
  await write('policy.d/.hidden.yaml', '!');
  const files = read();
  expect(files.map((file) => file.name)).toEqual(
    ['policy.yaml', 'policy.d/10-a.yaml', 'policy.d/20-b.yaml'].map((name) => join(folder, name)),
  );
  expect(openPolicy(OPTIONS, files).permits(NOBODY, SHOW, { projectId: 'p' })).toBe(true);
});

test('a file that was named must be there', () => {
  expect(() => read('mine.yaml')).toThrow(
    /mine\.yaml: cannot be read \(ENOENT.*\); \[oslo_policy\] policy_file must name a file/,
  );
});

test('rules are read again when told so; what is not usable then leaves the old ones in force', async () => {
  const lines: string[] = [];
  const line = (fields: object, message: string) =>
    void lines.push(`${message}${'problem' in fields ? `: ${String(fields.problem)}` : ''}`);
  const logger: Logger = { debug: line, info: line, warn: line, error: line, child: () => logger };
  const isOpen = () => policy.permits(NOBODY, SHOW, { projectId: 'p' });

  await write('policy.yaml', '!');
  const policy = reloadablePolicy(() => openPolicy(OPTIONS, read()), logger);
  expect(isOpen()).toBe(false);
  await write('policy.yaml', '@');
  expect(isOpen(), 'not told yet').toBe(false);
  policy.reload();
  expect(isOpen()).toBe(true);
  await write('policy.yaml', 'role:a role:b');
  policy.reload();
  expect(isOpen()).toBe(true);
  expect(lines).toEqual([
    'policy read again',
    expect.stringMatching(
      /^policy not usable, .* in force: .*policy\.yaml:1: .*"and" or "or" is missing/,
    ),
  ]);
});
