import { expect, test } from 'vitest';
import { type TempestTest, verdictOf } from './verdict.ts';

const tests = (status: TempestTest['status'], count: number, text = ''): TempestTest[] =>
  Array.from({ length: count }, (_, index) => ({ test: `t${index}`, status, text }));

test('tests that the suite leaves out for bugs of its own are named, and count as neither', () => {
  const bug = 'Skipped until bug: https://storyboard.openstack.org/#!/story/2003329 is resolved.';
  const noop = 'Log offload tests will not work in noop mode.';
  const verdict = verdictOf([
    ...tests('passed', 5),
    ...tests('failed', 1),
    ...tests('skipped', 2, bug),
    ...tests('skipped', 1, noop),
  ]);
  expect(verdict).toMatchObject({ passed: 5, failed: 1 });
  expect(verdict.lines).toEqual([
    `skipped: 2 tests: ${bug} (a bug of the suite)`,
    `skipped: 1 tests: ${noop} (needs amphorae that exist)`,
  ]);
});

test('what is skipped since our API lacks something counts as failed', () => {
  const reason = 'UDP is only available on listeners in Octavia API version 2.1 or newer.';
  const verdict = verdictOf([...tests('passed', 1), ...tests('skipped', 3, reason)]);
  expect(verdict).toMatchObject({ passed: 1, failed: 3 });
  expect(verdict.lines).toEqual([expect.stringContaining('count as failed')]);
});
