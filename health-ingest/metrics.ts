import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ThreadFigures } from './receiving/thread-messages.ts';
import type { ReportOutcome } from './writing/status-writer.ts';

const LAG_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface IngestMetrics {
  /** Takes over a thread's totals. */
  thread(index: number, figures: ThreadFigures): void;
  readonly reports: {
    outcome(outcome: ReportOutcome): void;
    written(kind: string, count: number): void;
    lag(ms: number): void;
  };
  readonly statistics: {
    written(rows: number, refused: number): void;
    repeated(batches: number): void;
  };
  /** Reports that a statistics driver did not get. */
  statisticsLost(driver: string, reports: number): void;
  /** The removal of a machine was asked for whose amphora is deleted. */
  zombieRemoved(): void;
  gaveUp(stream: string, entries: number): void;
  redisLost(): void;
}

/** Of the kernel's, read when the figures are. */
export interface SocketFigures {
  kernelDrops(): number;
  receiveQueueBytes(): number;
}

export function openIngestMetrics(registry: Registry, sockets: SocketFigures): IngestMetrics {
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({
      name: `octavia_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({
      name: `octavia_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const seconds = (name: string, help: string) =>
    new Histogram({
      name: `octavia_${name}`,
      help,
      buckets: LAG_BUCKETS_SECONDS,
      registers: [registry],
    });

  const accepted = counter('heartbeats_accepted_total', 'Heartbeats verified and read.');
  const dropped = counter('heartbeats_dropped_total', 'Datagrams that are no heartbeats.', [
    'reason',
  ]);
  const repeated = counter(
    'heartbeats_repeated_total',
    'Heartbeats that were not the newest of their amphora. late: counted; twin, replay: seen before.',
    ['kind'],
  );
  const signedByOther = counter(
    'heartbeats_signed_by_previous_key_total',
    'Heartbeats signed with a key of heartbeat_key_previous. While they come, that key must stay.',
  );
  const batches = counter('heartbeat_batches_total', 'Batches that Redis took.');
  const batchFailures = counter(
    'heartbeat_batch_failures_total',
    'Attempts at a batch that failed.',
  );
  const batchDropped = counter(
    'heartbeat_batch_dropped_total',
    'Entries for which no room was left.',
    ['part'],
  );
  const amphorae = gauge('heartbeat_amphorae', 'Amphorae that a thread knows.', ['thread']);
  const waiting = gauge('heartbeat_entries_waiting', 'Entries that wait for Redis.', ['thread']);
  const threadLag = gauge(
    'heartbeat_redis_lag_seconds',
    'Age of the oldest entry that waits for Redis.',
    ['thread'],
  );
  const loopDelay = gauge(
    'heartbeat_loop_delay_seconds',
    'Longest time that a receiving thread was held up for lately.',
    ['thread'],
  );
  const reports = counter('status_reports_total', 'Status reports held against the database.', [
    'outcome',
  ]);
  const changes = counter('status_changes_total', 'Operating statuses written.', ['kind']);
  const reportLag = seconds(
    'status_lag_seconds',
    'From the heartbeat to its statuses in the database.',
  );
  const rows = counter('statistics_rows_total', 'Rows of statistics written.');
  const refused = counter(
    'statistics_refused_total',
    'Statistics of listeners that the amphora does not carry.',
  );
  const batchesRepeated = counter(
    'statistics_batches_repeated_total',
    'Batches delivered again and not added again.',
  );
  const gaveUp = counter(
    'heartbeat_stream_entries_lost_total',
    'Batches in Redis that could not be written.',
    ['stream'],
  );
  const statisticsLost = counter(
    'statistics_driver_lost_total',
    'Reports that a statistics driver was too slow for, or refused.',
    ['driver'],
  );
  const zombies = counter(
    'zombie_machines_removed_total',
    'Machines of deleted amphorae that still reported and whose removal was asked for.',
  );
  const redisLost = counter(
    'redis_connections_lost_total',
    'Connections to Redis that ended or failed.',
  );
  const lost: Gauge = new Gauge({
    name: 'octavia_heartbeat_kernel_drops',
    help: 'Datagrams that the kernel had no room for, since the sockets were opened.',
    registers: [registry],
    collect: () => lost.set(sockets.kernelDrops()),
  });
  const queued: Gauge = new Gauge({
    name: 'octavia_heartbeat_receive_queue_bytes',
    help: 'Datagrams that wait in the kernel to be read, with its own bookkeeping.',
    registers: [registry],
    collect: () => queued.set(sockets.receiveQueueBytes()),
  });

  const last = new Map<number, ThreadFigures>();
  const takeOver = (index: number, now: ThreadFigures): void => {
    const before = last.get(index);
    signedByOther.inc(now.signedByOther - (before?.signedByOther ?? 0));
    batches.inc(now.batches - (before?.batches ?? 0));
    batchFailures.inc(now.appendFailures - (before?.appendFailures ?? 0));
    const since = (kind: 'accepted' | 'dropped' | 'batchDropped', label: string): number =>
      before?.[kind].find(([name]) => name === label)?.[1] ?? 0;
    for (const [place, count] of now.accepted) {
      const more = count - since('accepted', place);
      accepted.inc(more);
      if (place !== 'newest') repeated.inc({ kind: place }, more);
    }
    for (const [reason, count] of now.dropped)
      dropped.inc({ reason }, count - since('dropped', reason));
    for (const [part, count] of now.batchDropped)
      batchDropped.inc({ part }, count - since('batchDropped', part));
    const thread = String(index);
    amphorae.set({ thread }, now.amphorae);
    waiting.set({ thread }, now.waiting);
    threadLag.set({ thread }, now.lagMs / 1000);
    loopDelay.set({ thread }, now.loopDelayMs / 1000);
    last.set(index, now);
  };

  return {
    thread: takeOver,
    reports: {
      outcome: (outcome) => reports.inc({ outcome }),
      written: (kind, count) => changes.inc({ kind }, count),
      lag: (ms) => reportLag.observe(Math.max(0, ms) / 1000),
    },
    statistics: {
      written(written, refusals) {
        rows.inc(written);
        refused.inc(refusals);
      },
      repeated: (count) => batchesRepeated.inc(count),
    },
    statisticsLost: (driver, reports) => statisticsLost.inc({ driver }, reports),
    zombieRemoved: () => zombies.inc(),
    gaveUp: (stream, entries) => gaveUp.inc({ stream }, entries),
    redisLost: () => redisLost.inc(),
  };
}
