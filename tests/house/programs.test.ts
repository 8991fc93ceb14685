import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CHECKOUT, projectFiles } from './checkout.ts';

const run = promisify(execFile);

// Vitest forgives what Node's own type stripping refuses, so each program is started once as users start it.
test.for(projectFiles('*main.ts'))('%s explains itself under plain Node', async (program) => {
  const { stdout } = await run(process.execPath, [program, '--help'], { cwd: CHECKOUT });
  expect(stdout).toContain('--help');
  expect(stdout.length).toBeGreaterThan(80);
});

test('there are programs to try', () => {
  expect(projectFiles('*main.ts').length).toBeGreaterThan(5);
});
