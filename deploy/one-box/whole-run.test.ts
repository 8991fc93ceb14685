import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { membersOf } from './run-members.ts';

/** Starts two that have sessions of their own, one with an empty environment; neither minds SIGTERM. It says its folder. */
const PROGRAM = `
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { asWholeRun } from '${new URL('whole-run.ts', import.meta.url).href}';
const stubborn = (mark, env) => spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done', mark],
  { detached: true, stdio: 'ignore', ...env }).unref();
process.exit(await asWholeRun({ graceMs: 500, orderlyMs: 500 }, async () => {
  stubborn('x', {});
  stubborn(tmpdir() + '/x', { env: {} });
  console.log(tmpdir());
  if (process.argv.includes('--wait')) await new Promise((resolve) => setTimeout(resolve, 600_000));
  return 7;
}));
`;

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whole-run-'));
  program = join(folder, 'program.mjs');
  await writeFile(program, PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @returns the exit code, and the folder that the run had */
async function run(args: readonly string[], signal?: NodeJS.Signals) {
  const env = { ...process.env };
  // These tests may be part of such a run themselves.
  delete env['OCTAVIA_RUN_FOLDER'];
  const child = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const said = text(child.stdout);
  if (signal) child.stdout.once('data', () => child.kill(signal));
  const [code] = (await once(child, 'close')) as [number];
  return { code, folder: (await said).trim() };
}

test.each([
  ['is over', [], undefined, 7],
  ['is interrupted', ['--wait'], 'SIGINT', 130],
] as const)('of a run that %s no process is left, and no file', async (_, args, signal, code) => {
  const ended = await run(args, signal);
  expect(ended.code).toBe(code);
  expect(ended.folder).toMatch(/octavia-run-/);
  expect(membersOf(ended.folder)).toEqual([]);
  expect(existsSync(ended.folder)).toBe(false);
});
