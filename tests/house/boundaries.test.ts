import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CHECKOUT, projectFiles } from './checkout.ts';

const run = promisify(execFile);

interface Cruise {
  readonly modules: readonly { readonly source: string }[];
}

// Without its parser dependency-cruiser finds no module at all, and passes.
test('dependency-cruiser sees every TypeScript file of the folders it is told to look at', async () => {
  const folders = checkedFolders();
  const { stdout } = await run(
    'node_modules/.bin/depcruise',
    ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders],
    { cwd: CHECKOUT, maxBuffer: 256 * 1024 * 1024 },
  ).catch((error: unknown) => error as { stdout: string });
  const seen = new Set((JSON.parse(stdout) as Cruise).modules.map(({ source }) => source));
  const unseen = projectFiles(...folders.map((folder) => `${folder}/**/*.ts`)).filter(
    (file) => !seen.has(file),
  );
  expect(unseen).toEqual([]);
  expect(seen.size).toBeGreaterThan(50);
});

test('dependency-cruiser is told to look at every folder with TypeScript in it', () => {
  const folders = new Set(projectFiles('*/**.ts').map((file) => file.split('/')[0] ?? ''));
  expect([...folders].sort()).toEqual([...checkedFolders()].sort());
});

function checkedFolders(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const words = (scripts['check:boundaries'] ?? '').split(' ');
  return words.slice(words.indexOf('.dependency-cruiser.mjs') + 1);
}
