import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, projectFiles } from './checkout.ts';

const LINES_MAX = 300;
const LINES_OF_TEST_MAX = 500;
const VAGUE = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'data', 'misc', 'types'];
// Folders of this machine or of a person's; the system's own (/usr, /run, /etc) mean the same everywhere.
const MACHINE_PATH = /(?<![\w.])\/(work|root|home\/\w+|Users\/\w+)\/[\w.-]/;

const read = (file: string): string => readFileSync(join(CHECKOUT, file), 'utf8');

test('no source file is so long that it must hold a second noun', () => {
  const long = projectFiles('*.ts')
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(
      ({ file, lines }) => lines > (file.endsWith('.test.ts') ? LINES_OF_TEST_MAX : LINES_MAX),
    );
  expect(long).toEqual([]);
});

test('files are named by a noun, in kebab-case', () => {
  const stems = projectFiles('*.ts').map((file) => ({
    file,
    stem: basename(file).split('.')[0] ?? '',
  }));
  const misnamed = stems.filter(
    ({ stem }) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(stem) || VAGUE.includes(stem),
  );
  expect(misnamed.map(({ file }) => file)).toEqual([]);
});

test('no file knows the machine it was written on', () => {
  const files = projectFiles('*.ts', '*.mjs', '*.json', '*.md', '*.sh', '*.sql', '.ci/*');
  const knowing = files.filter(
    (file) => !file.startsWith('tests/house/') && MACHINE_PATH.test(read(file)),
  );
  expect(knowing).toEqual([]);
});

test('the lock file names no host to fetch from, so that any registry serves it', () => {
  expect(read('package-lock.json')).not.toContain('"resolved"');
});
