/** What a listener carried. Counters are totals since its creation; connections are those open now. */
export interface ListenerStatistics {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly requestErrors: number;
}
