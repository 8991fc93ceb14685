import type { Heartbeat, PoolReport } from '#core/heartbeat/message.ts';
import type { StatisticsReport } from '#core/ports/statistics.ts';
import type { SightingGroup } from './sighting-queue.ts';

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

/** What one thread learned since it last wrote to Redis. */
export interface Batch {
  /** Unique; by it statistics are added once although a batch may be sent twice. */
  readonly id: string;
  readonly sightings: readonly NumberedSightings[];
  readonly statuses: readonly StatusReport[];
  /** Records of a `StatisticsBuffer`. */
  readonly statistics: Uint32Array;
}

export interface NumberedSightings extends SightingGroup {
  /** Counts the thread's groups from 0. */
  readonly number: number;
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

export function statisticsReportsOf(heartbeat: Heartbeat): readonly StatisticsReport[] {
  const { amphoraId, hasDeltas: isDelta } = heartbeat;
  return Array.from(heartbeat.listeners, ([listenerId, listener]) => {
    const { status: _, ...counters } = listener;
    return { amphoraId, listenerId, isDelta, ...counters };
  });
}
