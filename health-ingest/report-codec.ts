import { Packr } from 'msgpackr';
import type { Counter } from '#core/heartbeat/message.ts';
import type { StatisticsReport, StatusReport } from './batch.ts';

/** What lies in Redis between our own processes: lists in a fixed order, since names would be most of the bytes. */
const packr = new Packr({ useRecords: false });

type PackedPool = [string, string | null, string, [string, string][]];
type PackedStatus = [string, number, number, [string, string][], PackedPool[]];
type PackedStatistics = [string, string, boolean, Counter, Counter, Counter, Counter, Counter];

export function packStatuses(reports: Iterable<StatusReport>): Buffer {
  const packed = Array.from(
    reports,
    (report): PackedStatus => [
      report.amphoraId,
      report.receivedAtMs,
      report.version,
      [...report.listeners],
      report.pools.map((pool) => [pool.poolId, pool.listenerId, pool.status, [...pool.members]]),
    ],
  );
  return Buffer.from(packr.pack(packed));
}

/** @throws when the bytes are not ours */
export function unpackStatuses(bytes: Buffer): readonly StatusReport[] {
  return (packr.unpack(bytes) as PackedStatus[]).map(
    ([amphoraId, receivedAtMs, version, listeners, pools]) => ({
      amphoraId,
      receivedAtMs,
      version,
      listeners: new Map(listeners),
      pools: pools.map(([poolId, listenerId, status, members]) => ({
        poolId,
        listenerId,
        status,
        members: new Map(members),
      })),
    }),
  );
}

export function packStatistics(reports: Iterable<StatisticsReport>): Buffer {
  const packed = Array.from(
    reports,
    (report): PackedStatistics => [
      report.amphoraId,
      report.listenerId,
      report.isDelta,
      report.rxBytes,
      report.txBytes,
      report.activeConnections,
      report.totalConnections,
      report.requestErrors,
    ],
  );
  return Buffer.from(packr.pack(packed));
}

/** @throws when the bytes are not ours */
export function unpackStatistics(bytes: Buffer): readonly StatisticsReport[] {
  return (packr.unpack(bytes) as PackedStatistics[]).map(
    ([amphoraId, listenerId, isDelta, rxBytes, txBytes, open, total, requestErrors]) => ({
      amphoraId,
      listenerId,
      isDelta,
      rxBytes,
      txBytes,
      activeConnections: open,
      totalConnections: total,
      requestErrors,
    }),
  );
}
