/** A test as run-tempest's results.json has it. */
export interface TempestTest {
  readonly test: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or the traceback. */
  readonly text: string;
}

export interface Verdict {
  readonly passed: number;
  /** Tests that were skipped for a reason we do not know are among them. */
  readonly failed: number;
  /** What to tell of those that were skipped, a line each. */
  readonly lines: readonly string[];
}

/** Why the suite itself leaves tests out, whatever the API does. */
const KNOWN_REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^Skipped until bug: https:\/\/storyboard\.openstack\.org\/#!\/story\/(2003329|2007979) is resolved/,
    'a bug of the suite',
  ],
  [/^Log offload tests will not work in noop mode/, 'needs amphorae that exist'],
];

/** Nothing that was left out passes silently: each reason is named, with how often it was met. */
export function verdictOf(tests: readonly TempestTest[]): Verdict {
  const count = (status: TempestTest['status']) =>
    tests.filter((test) => test.status === status).length;
  const skipped = tests.filter((test) => test.status === 'skipped');
  const reasons = Map.groupBy(skipped, (test) => test.text.trim().split('\n').at(-1) ?? '');
  const lines: string[] = [];
  let unknown = 0;
  for (const [reason, those] of reasons) {
    const known = KNOWN_REASONS.find(([form]) => form.test(reason));
    if (known === undefined) unknown += those.length;
    const judgement = known?.[1] ?? 'not a reason that we know, so these count as failed';
    lines.push(`skipped: ${those.length} tests: ${reason} (${judgement})`);
  }
  return { passed: count('passed'), failed: count('failed') + unknown, lines };
}
