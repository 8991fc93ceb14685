import type { UnreadReason } from '#core/heartbeat/heartbeat-reader.ts';
import type { RedisTarget } from '../exchange/redis-target.ts';
import type { BatchPart } from './batcher.ts';
import type { Place } from './sequence-window.ts';

/** What a thread is started with; must survive structured cloning. */
export interface ThreadOptions {
  /** Counts from 0. */
  readonly thread: number;
  /** What all threads remember. */
  readonly memory: SharedArrayBuffer;
  readonly amphoraeMax: number;
  readonly host: string;
  readonly port: number;
  readonly isShared: boolean;
  readonly receiveBufferBytes: number;
  /** In force, current first. */
  readonly keys: readonly string[];
  readonly redis: RedisTarget;
  readonly redisTimeoutMs: number;
  readonly keyPrefix: string;
  /** Milliseconds after which statuses are told again at the earliest, though nothing changed. */
  readonly refreshAfterMs: number;
  /** Reports a second that this thread sends without a change: see `TableOptions`. */
  readonly refreshesPerSecond: number;
  readonly reportsPerSecond: number;
  readonly forgetAfterMs: number;
  readonly restartAfterMs: number;
}

export type ToThread =
  /** Tell the statuses of these amphorae, four words each, or of all again: what they are held against has changed. */
  | { readonly kind: 'ask'; readonly ids: Uint32Array | 'all' }
  /** The kernel dropped so many datagrams that the living may be among them. */
  | { readonly kind: 'missed' }
  | { readonly kind: 'stop' };

/** Totals since the thread started, but for the last four. */
export interface ThreadFigures {
  readonly kind: 'figures';
  readonly accepted: readonly (readonly [Place, number])[];
  readonly dropped: readonly (readonly [UnreadReason, number])[];
  readonly batchDropped: readonly (readonly [BatchPart, number])[];
  /** Heartbeats signed with another key than the one in force. */
  readonly signedByOther: number;
  readonly batches: number;
  readonly appendFailures: number;
  readonly lastFailure: string | null;
  readonly amphorae: number;
  readonly waiting: number;
  /** Milliseconds that the oldest entry has waited for Redis. */
  readonly lagMs: number;
  /** Milliseconds that the event loop was held up for at most, since the figures before. */
  readonly loopDelayMs: number;
}

export type FromThread =
  | {
      readonly kind: 'listening';
      readonly port: number;
      readonly receiveBufferBytes: number;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | ThreadFigures
  | { readonly kind: 'stopped' };
