import type { Heartbeat, PoolReport } from '#core/heartbeat/message.ts';

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
