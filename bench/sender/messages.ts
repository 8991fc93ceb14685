import type { Wire } from '#core/heartbeat/datagram.ts';

/** What the sender is started with. */
export interface SenderOptions {
  readonly port: number;
  readonly wire: Wire;
  readonly key: string;
  /** Amphorae in the fleet. */
  readonly fleet: number;
  /** Those of a sender before, so that the kernel hands each amphora to the thread that knows it; absent: any. */
  readonly sourcePorts?: readonly number[];
}

/** From the `fromTurn`-th turn of the step on (a turn is a heartbeat of somebody), a member of this amphora is down, or it is silent. */
export interface Mark {
  readonly amphora: number;
  readonly fromTurn: number;
  readonly becomes: 'down' | 'silent';
}

/** Some heartbeats in a row: amphora after amphora, round after round, going on where the step before ended. */
export interface Step {
  readonly packets: number;
  /** Of a hundred heartbeats those whose counters differ from zero. */
  readonly changedPercent: number;
  readonly marks: readonly Mark[];
}

export type ToSender =
  | { readonly kind: 'open'; readonly options: SenderOptions }
  | { readonly kind: 'prepare'; readonly step: Step }
  | { readonly kind: 'send'; readonly rate: number };

export interface Sent {
  readonly kind: 'sent';
  readonly packets: number;
  readonly tookMs: number;
  /** Milliseconds of CPU while it sent. */
  readonly cpuMs: number;
  /** The furthest it was behind its schedule. */
  readonly lateMsMax: number;
  /** For each mark, milliseconds since 1970: of the first heartbeat that told of it, or of the last before silence. */
  readonly markedAtMs: readonly number[];
}

export type FromSender =
  | { readonly kind: 'opened'; readonly sourcePorts: readonly number[] }
  | { readonly kind: 'prepared'; readonly bytes: number; readonly tookMs: number }
  | Sent
  | { readonly kind: 'failed'; readonly reason: string };
