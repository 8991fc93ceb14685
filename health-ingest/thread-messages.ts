import type { DropReason } from './ingest.ts';

/** What a thread is started with; must survive structured cloning. */
export interface ThreadOptions {
  readonly host: string;
  readonly port: number;
  readonly isShared: boolean;
  readonly receiveBufferBytes: number;
  /** In force, current first. */
  readonly keys: readonly string[];
  readonly redisUrl: string;
  readonly redisTimeoutMs: number;
  readonly keyPrefix: string;
  readonly refreshIntervalMs: number;
  readonly forgetAfterMs: number;
}

export type ToThread = { readonly kind: 'stop' };

/** Totals since the thread started. */
export interface ThreadFigures {
  readonly kind: 'figures';
  readonly accepted: number;
  readonly dropped: readonly (readonly [DropReason, number])[];
  readonly batchDropped: readonly (readonly [string, number])[];
  readonly batches: number;
  readonly appendFailures: number;
  readonly lastFailure: string | null;
  readonly amphorae: number;
  readonly waiting: number;
  /** Milliseconds that the oldest entry has waited for Redis. */
  readonly lagMs: number;
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
