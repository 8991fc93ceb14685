import type { StatisticsReport } from '#core/ports/statistics.ts';

type Counter = StatisticsReport['rxBytes'];

/** The largest number that a column of statistics holds; more than that is not counted on. */
const COUNTER_MAX = 2n ** 63n - 1n;

/**
 * One report a row: of totals the last, of increments the sum. In the rows' order, so that two writers take their locks
 * alike and none waits for the other in a circle.
 */
export function combined(reports: readonly StatisticsReport[]): {
  readonly totals: readonly StatisticsReport[];
  readonly increments: readonly StatisticsReport[];
} {
  const totals = new Map<string, StatisticsReport>();
  const increments = new Map<string, StatisticsReport>();
  for (const report of reports) {
    const row = `${report.listenerId}${report.amphoraId}`;
    if (!report.isDelta) totals.set(row, report);
    else increments.set(row, added(increments.get(row), report));
  }
  return { totals: inOrder(totals), increments: inOrder(increments) };
}

function inOrder(byRow: ReadonlyMap<string, StatisticsReport>): readonly StatisticsReport[] {
  return [...byRow.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report);
}

function added(before: StatisticsReport | undefined, next: StatisticsReport): StatisticsReport {
  if (before === undefined) return next;
  return {
    ...next,
    rxBytes: sum(before.rxBytes, next.rxBytes),
    txBytes: sum(before.txBytes, next.txBytes),
    totalConnections: sum(before.totalConnections, next.totalConnections),
    requestErrors: sum(before.requestErrors, next.requestErrors),
  };
}

function sum(left: Counter, right: Counter): Counter {
  if (typeof left === 'number' && typeof right === 'number') {
    const total = left + right;
    if (Number.isSafeInteger(total)) return total;
  }
  const total = BigInt(left) + BigInt(right);
  return total < COUNTER_MAX ? total : COUNTER_MAX;
}
