/** What a listener carried. Counters are totals since its creation; connections are those open now. */
export interface ListenerStatistics {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly requestErrors: number;
}

export const NO_TRAFFIC: ListenerStatistics = {
  bytesIn: 0,
  bytesOut: 0,
  activeConnections: 0,
  totalConnections: 0,
  requestErrors: 0,
};
