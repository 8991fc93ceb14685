import type { Heartbeat } from '#core/heartbeat/message.ts';
import type { StatisticsReport } from '#core/ports/statistics.ts';
import type { StatusReport } from '../exchange/status-report.ts';
import type { SightingGroup } from './sighting-queue.ts';

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

export function statisticsReportsOf(heartbeat: Heartbeat): readonly StatisticsReport[] {
  const { amphoraId, hasDeltas: isDelta } = heartbeat;
  return Array.from(heartbeat.listeners, ([listenerId, listener]) => {
    const { status: _, ...counters } = listener;
    return { amphoraId, listenerId, isDelta, ...counters };
  });
}
