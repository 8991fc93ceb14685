import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVitest } from 'vitest/node';
import { asWholeRun } from '../deploy/one-box/whole-run.ts';
import { SkipReporter } from './testing/skip-reporter.ts';

/** What vitest's JSON reporter says of a run. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Vitest has no order to end in. */
const GRACE_MS = 1000;

const HELP = `Runs the tests, all of them or those whose path contains one of the words, as vitest does.

  npm test [-- word ...]
  --help   this text

The last line says how many passed and failed. Ends with code 0 when none failed and at least one ran.
`;

async function main(words: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-report-'));
  const outputFile = join(folder, 'report.json');
  try {
    const skips = new SkipReporter();
    const vitest = await startVitest('test', [...words], {
      run: true,
      watch: false,
      reporters: ['default', ['json', { outputFile }], skips],
    });
    await vitest.close();
    for (const line of skips.lines()) process.stdout.write(`${line}\n`);
    return conclude(JSON.parse(await readFile(outputFile, 'utf8')) as Report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function conclude(report: Report): number {
  // A file that cannot even be loaded, or whose set-up fails, has no failed test of its own: it counts as one.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  const isGood = failed === 0 && report.success && report.numPassedTests > 0 && !process.exitCode;
  if (failed === 0 && report.numPassedTests === 0) process.stdout.write('no test ran\n');
  process.stdout.write(`${report.numPassedTests} passed, ${failed} failed\n`);
  return isGood ? 0 : 1;
}

// What a daemon or an agent has compiled the next one loads, in all the clouds of all tests.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'octavia-compile-cache');
const words = process.argv.slice(2);
if (words.includes('--help')) process.stdout.write(HELP);
else process.exit(await asWholeRun({ graceMs: GRACE_MS }, () => main(words)));
