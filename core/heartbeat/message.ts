/** What an amphora says of itself, whichever wire it came by. */
export interface Heartbeat {
  readonly amphoraId: string;
  /** Counts up from 0 in one agent process; null on old wires. */
  readonly sequence: number | null;
  /** Octavia's message version: 0 (absent) to 3. It decides how statuses and counters are to be read. */
  readonly version: number;
  /** Whether counters are increments since the last heartbeat (version 3) or totals. */
  readonly hasDeltas: boolean;
  readonly listeners: ReadonlyMap<string, ListenerReport>;
  /** In message order. */
  readonly pools: readonly PoolReport[];
}

export interface ListenerReport {
  /** `OPEN`, `FULL`, or another word of HAProxy's. */
  readonly status: string;
  readonly rxBytes: Counter;
  readonly txBytes: Counter;
  readonly activeConnections: Counter;
  readonly totalConnections: Counter;
  readonly requestErrors: Counter;
}

/** A whole number from 0 to 2^63 - 1, exact: a bigint only above 2^53, where totals of old amphorae can get. */
export type Counter = number | bigint;

/** Why a verified message is not a heartbeat. `schema`: a field is missing or of another type or range. */
export type MalformedReason = 'utf8' | 'json' | 'msgpack' | 'not-object' | 'schema';
export type HeartbeatDecoded =
  | { readonly kind: 'heartbeat'; readonly heartbeat: Heartbeat }
  | { readonly kind: 'malformed'; readonly reason: MalformedReason };

export interface PoolReport {
  readonly poolId: string;
  /** The listener whose backend this is; null for LVS pools. */
  readonly listenerId: string | null;
  /** `UP`, `DOWN`, or another word. */
  readonly status: string;
  /** Member id → HAProxy's word: `UP`, `DOWN`, `UP 1/2`, `no check`, `MAINT`, `DRAIN`, … */
  readonly members: ReadonlyMap<string, string>;
}
