import { randomUUID } from 'node:crypto';
import type { Counter, Heartbeat, PoolReport } from '#core/heartbeat/message.ts';

/** What an amphora says of the health of what it carries. */
export interface StatusReport {
  readonly amphoraId: string;
  /** By Redis' clock. */
  readonly receivedAtMs: number;
  readonly version: number;
  /** Listener id → `OPEN`, `FULL`, … */
  readonly listeners: ReadonlyMap<string, string>;
  readonly pools: readonly PoolReport[];
}

/** What a listener carried on one amphora: increments to add, or totals to put in place of the old ones. */
export interface StatisticsReport {
  readonly amphoraId: string;
  readonly listenerId: string;
  readonly isDelta: boolean;
  readonly rxBytes: Counter;
  readonly txBytes: Counter;
  readonly activeConnections: Counter;
  readonly totalConnections: Counter;
  readonly requestErrors: Counter;
}

/** What one thread learned since it last wrote to Redis: of each amphora the newest, of each listener the sum. */
export interface Batch {
  /** Unique; by it statistics are added once although a batch may be sent twice. */
  readonly id: string;
  readonly lastSeenMs: Map<string, number>;
  readonly statuses: Map<string, StatusReport>;
  readonly statistics: Map<string, StatisticsReport>;
}

export function emptyBatch(): Batch {
  return { id: randomUUID(), lastSeenMs: new Map(), statuses: new Map(), statistics: new Map() };
}

export function isEmpty(batch: Batch): boolean {
  return batch.lastSeenMs.size === 0 && batch.statuses.size === 0 && batch.statistics.size === 0;
}

export function statusReportOf(heartbeat: Heartbeat, receivedAtMs: number): StatusReport {
  return {
    amphoraId: heartbeat.amphoraId,
    receivedAtMs,
    version: heartbeat.version,
    listeners: new Map(
      Array.from(heartbeat.listeners, ([id, listener]) => [id, listener.status] as const),
    ),
    pools: heartbeat.pools,
  };
}

/** @returns the report with those already waiting for the same listener in it */
export function combined(
  waiting: StatisticsReport | undefined,
  next: StatisticsReport,
): StatisticsReport {
  if (waiting === undefined || !next.isDelta || !waiting.isDelta) return next;
  return {
    ...next,
    rxBytes: sum(waiting.rxBytes, next.rxBytes),
    txBytes: sum(waiting.txBytes, next.txBytes),
    totalConnections: sum(waiting.totalConnections, next.totalConnections),
    requestErrors: sum(waiting.requestErrors, next.requestErrors),
  };
}

export function statisticsKey(report: StatisticsReport): string {
  return `${report.amphoraId}:${report.listenerId}`;
}

/** The largest number that a column of statistics holds; more than that is not counted on. */
const COUNTER_MAX = 2n ** 63n - 1n;

function sum(left: Counter, right: Counter): Counter {
  if (typeof left === 'number' && typeof right === 'number') {
    const total = left + right;
    if (Number.isSafeInteger(total)) return total;
  }
  const total = BigInt(left) + BigInt(right);
  return total < COUNTER_MAX ? total : COUNTER_MAX;
}
