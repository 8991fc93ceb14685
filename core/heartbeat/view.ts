import type { Heartbeat } from './message.ts';

/** Numbers of a listener in `counters`: rx bytes, tx bytes, active connections, total connections, request errors. */
export const COUNTERS_PER_LISTENER = 5;
/** Uint32s of an id, the first four bytes of a UUID first. */
export const ID_WORDS = 4;

/** When a sender's process started fits 32 bits until 2106. */
export const EPOCH_MAX = 2 ** 32 - 1;

/** What one verified datagram says, without objects: overwritten by the next read. */
export interface HeartbeatView {
  /** Of the amphora, four big-endian words. */
  readonly id: Uint32Array;
  /** -1: the wire has none. */
  readonly sequence: number;
  /** When the sender's process started, seconds since 1970, never less than at an earlier start; 0: the wire has none (Octavia's). */
  readonly epoch: number;
  /** Octavia's message version, 0 to 3. */
  readonly version: number;
  /** Whether counters are increments since the last heartbeat, or totals. */
  readonly hasDeltas: boolean;
  /** 64 bits over all that a status depends on: version, ids, words, and their order; not the counters. Of one message the same on both wires. */
  readonly digestHigh: number;
  readonly digestLow: number;
  readonly listenerCount: number;
  /** `ID_WORDS` a listener, in message order; longer than filled. */
  readonly listenerIds: Uint32Array;
  /** `COUNTERS_PER_LISTENER` a listener; longer than filled. */
  readonly counters: Float64Array;
  /** False: a listener's id that is no lower-case UUID, or a counter above 2^53. `listenerIds` and `counters` are not filled then. */
  readonly isPlain: boolean;
  /** The whole message as objects: dear, and only for news. Until the next read. */
  heartbeat(): Heartbeat;
}
