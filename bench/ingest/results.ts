import type { Wire } from '#core/heartbeat/datagram.ts';
import type { ReceiverResult } from '../receivers/measure.ts';
import type { Machine } from '../testbed/machine.ts';

/** All figures of one run, as they go into the JSON file. */
export interface Results {
  readonly machine: Machine;
  /** What the amphorae report. */
  readonly profile: string;
  readonly threads: number;
  readonly bare: ReceiverResult[];
  readonly fleets: FleetResult[];
  readonly stages: StageResult[];
  readonly lags: LagResult[];
  readonly detections: DetectionResult[];
  /** What could not be measured, and why. */
  readonly missing: string[];
}

/** CPU microseconds a heartbeat, at the fixed rate. */
export interface Cost {
  readonly changedPercent: number;
  /** From when all was signed until the last was accepted. */
  readonly tookMs: number;
  readonly ratePerSecond: number;
  readonly lost: number;
  readonly daemonMicros: number;
  /** Of that, the busiest receiving thread. */
  readonly threadMicros: number;
  /** Of that, the main thread: writers, scheduler, metrics. */
  readonly mainMicros: number;
  readonly redisMicros: number;
  readonly postgresMicros: number;
  readonly senderMicros: number;
  readonly sqlPerHeartbeat: number;
  readonly redisPerHeartbeat: number;
}

/** Statements and commands a second while nobody reports. */
export interface Idle {
  readonly sqlPerSecond: number;
  readonly redisPerSecond: number;
}

export interface FleetResult {
  readonly fleet: number;
  /** Each amphora's first heartbeat: all statuses are held against the database. */
  readonly first: Cost;
  /** After the first round, until every report was in the database; null: not within the bound. */
  readonly settledMs: number | null;
  readonly idle: Idle;
  readonly wires: readonly WireResult[];
}

export interface WireResult {
  readonly wire: Wire;
  readonly costs: readonly Cost[];
  /** Held without a loss; null: none was. */
  readonly ratePerSecond: number | null;
  readonly isSenderLimited: boolean;
  readonly rssBytes: number;
  readonly peakBytes: number;
}

export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface StageResult {
  readonly wire: Wire;
  readonly ratePerSecond: number;
  readonly lost: number;
  /** CPU microseconds a heartbeat of the receiving thread, by stage. */
  readonly micros: Readonly<Record<string, number>>;
}

export interface LagResult {
  readonly wire: Wire;
  readonly fleet: number;
  readonly ratePerSecond: number;
  readonly asked: number;
  readonly lagMs: Percentiles;
}

export interface DetectionResult {
  readonly fleet: number;
  readonly timeoutMs: number;
  readonly killed: number;
  /** Failovers of amphorae that were alive. */
  readonly wrong: number;
  /** From the last heartbeat to the failover committed, less the timeout. */
  readonly beyondTimeoutMs: Percentiles;
}

/** @param values in any order; at least one */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { samples: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
