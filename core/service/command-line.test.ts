import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const here = (file: string): string => new URL(file, import.meta.url).href;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'octavia-command-line-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly problems: string;
}

/** Runs a program that reads the quotas section and prints its configuration and warnings. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Ran {
  const file = join(folder, 'program.ts');
  writeFileSync(
    file,
    `import { quotas } from '${here('../config/sections.ts')}';
     import { readCommandLine } from '${here('command-line.ts')}';
     console.log(JSON.stringify(readCommandLine('Counts things.', { quotas }, '${folder}/default.conf')));`,
  );
  const ran = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return { code: ran.status, out: ran.stdout, problems: ran.stderr };
}

function configFile(text: string): string {
  const file = join(folder, 'octavia.conf');
  writeFileSync(file, text);
  return file;
}

test('without arguments and without the default file the defaults hold', () => {
  const { code, out } = run([]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ config: { quotas: { listener: -1 } }, warnings: [] });
});

test('the given file is read, and the environment overrides it', () => {
  const file = configFile('[quotas]\ndefault_listener_quota = 3\ndefault_pool_quota = 4\n');
  const { out } = run(['--config-file', file], { OS_QUOTAS__DEFAULT_POOL_QUOTA: '5' });
  expect(JSON.parse(out)).toMatchObject({ config: { quotas: { listener: 3, pool: 5 } } });
});

test('--help says what the program is for and how to configure it', () => {
  const { code, out } = run(['--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/^Counts things\.\n/);
  expect(out).toContain('--config-file FILE');
  expect(out).toContain('OS_<SECTION>__<OPTION>');
});

test('every problem of the configuration is a line, without a stack', () => {
  const file = configFile('[quotas]\ndefault_listener_quota = many\ndefault_pol_quota = 3\n');
  const { code, out, problems } = run([`--config-file=${file}`]);
  expect([code, out]).toEqual([1, '']);
  expect(problems).toBe(
    `${file}:3: [quotas] default_pol_quota is unknown; did you mean default_pool_quota?\n` +
      `${file}:2: [quotas] default_listener_quota is "many"; it must be a whole number of at least -1 and of at most 2000000000\n`,
  );
});

test.each([
  ['a file that is not there', '/nowhere/octavia.conf', 'ENOENT'],
  ['a folder', '/', 'EISDIR'],
])('%s is named, with what to do', (_what, file, code) => {
  const ran = run(['--config-file', file]);
  expect(ran.code).toBe(1);
  expect(ran.problems).toContain(`${file}: cannot be read (${code}`);
  expect(ran.problems).toContain('give an existing file with --config-file');
});

test('two configuration files are refused, since the second would silently win', () => {
  const { code, problems } = run(['--config-file', 'a.conf', '--config-file', 'b.conf']);
  expect([code, problems]).toEqual([1, '--config-file is given twice; one file has it all\n']);
});

test.each([['--confg-file', 'x'], ['--config-file'], ['stray']])(
  'an argument that it does not know is named, without a stack: %s %s',
  (...args) => {
    const { code, problems } = run(args.filter(Boolean));
    expect(code).toBe(1);
    expect(problems).toContain(args[0]);
    expect(problems).toMatch(/Try --help\.\n$/);
    expect(problems).not.toContain('    at ');
  },
);
