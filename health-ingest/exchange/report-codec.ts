import { Packr } from 'msgpackr';
import type { Counter } from '#core/heartbeat/message.ts';
import { textOf, wordsOf } from '#core/heartbeat/uuid-words.ts';
import type { StatisticsReport } from '#core/ports/statistics.ts';
import { COUNTERS_AT, KIND_AT, LISTENER_AT, RECORD_WORDS } from './statistics-record.ts';
import type { StatusReport } from './status-report.ts';
import { readWords, writeWords } from './word-bytes.ts';

/** What lies in Redis between our own processes: lists in a fixed order, since names would be most of the bytes. */
const packr = new Packr({ useRecords: false });

type PackedPool = [string, string | null, string, [string, string][]];
type PackedStatus = [string, number, number, [string, string][], PackedPool[]];

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

/** @param records of a `StatisticsBuffer`; they travel as they are, 76 bytes each */
export function packStatistics(records: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(records.byteLength);
  writeWords(records, bytes);
  return bytes;
}

/** @throws when the bytes are not ours */
export function unpackStatistics(bytes: Buffer): readonly StatisticsReport[] {
  if (bytes.length % (RECORD_WORDS * 4) !== 0)
    throw new Error(`${bytes.length} bytes are no statistics: ${RECORD_WORDS * 4} a record`);
  const words = readWords(bytes);
  return Array.from({ length: words.length / RECORD_WORDS }, (_, record) =>
    reportOf(words, record * RECORD_WORDS),
  );
}

/** The record of a report: the slow way in, for what a heartbeat says in other than plain numbers. */
export function recordOf(report: StatisticsReport): Uint32Array {
  const words = new Uint32Array(RECORD_WORDS);
  wordsOf(report.amphoraId, words);
  wordsOf(report.listenerId, words, LISTENER_AT);
  words[KIND_AT] = report.isDelta ? 1 : 0;
  const { rxBytes, txBytes, activeConnections, totalConnections, requestErrors } = report;
  const counters = [rxBytes, txBytes, activeConnections, totalConnections, requestErrors];
  for (const [index, counter] of counters.entries()) {
    words[COUNTERS_AT + 2 * index] = Number(BigInt(counter) >> 32n);
    words[COUNTERS_AT + 2 * index + 1] = Number(BigInt(counter) & 0xffff_ffffn);
  }
  return words;
}

function reportOf(words: Uint32Array, start: number): StatisticsReport {
  const counter = (index: number): Counter => {
    const high = words[start + COUNTERS_AT + 2 * index] as number;
    const low = words[start + COUNTERS_AT + 2 * index + 1] as number;
    return high < 2 ** 21 ? high * 2 ** 32 + low : BigInt(high) * 2n ** 32n + BigInt(low);
  };
  return {
    amphoraId: textOf(words, start),
    listenerId: textOf(words, start + LISTENER_AT),
    isDelta: words[start + KIND_AT] === 1,
    rxBytes: counter(0),
    txBytes: counter(1),
    activeConnections: counter(2),
    totalConnections: counter(3),
    requestErrors: counter(4),
  };
}
