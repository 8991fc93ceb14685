/** A whole number from 0 to 2^63 - 1, exact: a bigint only above 2^53, where totals of old amphorae can get. */
type Counter = number | bigint;

/** What a listener carried on one amphora: increments to add, or totals to put in place of the old ones. */
export interface StatisticsReport {
  readonly amphoraId: string;
  readonly listenerId: string;
  /** Whether bytes, connections and errors are increments. Open connections never are. */
  readonly isDelta: boolean;
  readonly rxBytes: Counter;
  readonly txBytes: Counter;
  readonly activeConnections: Counter;
  readonly totalConnections: Counter;
  readonly requestErrors: Counter;
}

/** Reports that stay together, in the order they came in. */
export interface StatisticsBatch {
  /** Unique; the same batch may come again, after a crash or when an answer was lost. */
  readonly id: string;
  readonly reports: readonly StatisticsReport[];
}

/** Where statistics go. Several may be in use at once; none may depend on another. */
export interface StatisticsDriver {
  /** As in `statistics_drivers`. */
  readonly name: string;
  /**
   * Takes over some batches, at least one. A driver that must be exact remembers their ids.
   * @throws when it could not, and then nothing of them was taken over
   */
  updateStatistics(batches: readonly StatisticsBatch[]): Promise<void>;
}
