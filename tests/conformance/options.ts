import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT } from '../house/checkout.ts';

export interface ConformanceOptions {
  /** Folder of `keystone-up`, `run-tempest` and `keystone-down`. */
  readonly suiteDir: string;
  /** Only tests whose name it matches; null: all. */
  readonly regex: string | null;
  readonly exclude: string | null;
  readonly concurrency: number;
  /** Where results stay; null: nowhere. */
  readonly resultsDir: string | null;
}

/** Where the scripts are, in the workplaces that have them. */
export const DEFAULT_SUITE_DIR = resolve(CHECKOUT, '../shared/conformance');

const HELP = `Runs OpenStack's own tests of the API (octavia-tempest-plugin) against a cloud of noop drivers, with a real Keystone.

  node tests/conformance/run.ts [--regex R] [--exclude R] [--concurrency N] [--results DIR] [--suite DIR]

  --regex R         only tests whose name matches
  --exclude R       not those whose name matches
  --concurrency N   tests at the same time (default 4)
  --results DIR     keeps results.json, failures.txt and tempest.log there
  --suite DIR       folder of keystone-up, run-tempest and keystone-down (default ../shared/conformance)
  --help            this text

A test that is skipped for a reason that is not known counts as failed. The last line says how many passed and failed.
`;

/** @returns the options, or the text to print when help was asked for */
export function readOptions(
  args: readonly string[],
): ConformanceOptions | { readonly help: string } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      regex: { type: 'string' },
      exclude: { type: 'string' },
      concurrency: { type: 'string', default: '4' },
      results: { type: 'string' },
      suite: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return { help: HELP };
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64)
    throw new Error(`--concurrency is "${values.concurrency}"; it must be a whole number, 1 to 64`);
  return {
    suiteDir: values.suite === undefined ? DEFAULT_SUITE_DIR : resolve(values.suite),
    regex: values.regex ?? null,
    exclude: values.exclude ?? null,
    concurrency,
    resultsDir: values.results === undefined ? null : resolve(values.results),
  };
}
