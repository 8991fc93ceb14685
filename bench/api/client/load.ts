/** What the client is to ask of a server, and how. */
export interface Load {
  readonly port: number;
  /** Each connection asks again as soon as it has its answer. */
  readonly connections: number;
  readonly requests: number;
  /** Sent in turn, as they go over the wire. */
  readonly texts: readonly string[];
}

export interface LoadResult {
  readonly tookMs: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly bytes: number;
  readonly latencyMs: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
