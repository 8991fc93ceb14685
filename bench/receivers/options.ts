/**
 * How datagrams are taken in. `count`: counted and nothing else, the least that is possible. `read`: verified and read
 * where they arrive. `hand-over`: taken in by one socket and handed to threads, many a message.
 */
export const RECEIVER_KINDS = ['count', 'read', 'hand-over'] as const;
export type ReceiverKind = (typeof RECEIVER_KINDS)[number];

/** What a thread is started with. */
export interface ThreadOptions {
  readonly kind: ReceiverKind;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly key: string;
  /** One number, shared with whoever asks. */
  readonly count: SharedArrayBuffer;
}
