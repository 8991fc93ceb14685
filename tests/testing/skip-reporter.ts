import type { Reporter, TestCase } from 'vitest/node';

/** Collects what was skipped and why, so that a run on a lesser machine says what it did not show. */
export class SkipReporter implements Reporter {
  readonly #lines: string[] = [];

  onTestCaseResult(testCase: TestCase): void {
    const result = testCase.result();
    if (result.state !== 'skipped') return;
    this.#lines.push(`skipped: ${testCase.fullName}: ${result.note ?? 'no reason given'}`);
  }

  lines(): readonly string[] {
    return this.#lines;
  }
}
