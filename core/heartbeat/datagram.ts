import { openEnvelope, type RejectReason, sealEnvelope } from './envelope.ts';
import type { HeartbeatKey } from './key.ts';
import type { Heartbeat, HeartbeatDecoded } from './message.ts';
import {
  decodeNativeDatagram,
  encodeNativeDatagram,
  NATIVE_MAGIC,
  type NativeOpened,
} from './msgpack-wire.ts';
import { decodeOctaviaHeartbeat, encodeOctaviaHeartbeat } from './octavia-wire.ts';

export type Wire = 'octavia' | 'native';
export type DatagramDecoded =
  | HeartbeatDecoded
  | NativeOpened
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

/**
 * Verifies and reads one datagram, whichever wire it came by.
 * @param datagram from anyone; neither copied nor kept
 * @param keys those in force: the current one, and during a rotation the one before
 * @returns never throws. `rejected`: not signed by one of us. `malformed`: signed, but not a heartbeat
 */
export function decodeDatagram(datagram: Buffer, keys: readonly HeartbeatKey[]): DatagramDecoded {
  if (datagram[0] === NATIVE_MAGIC) return decodeNativeDatagram(datagram, keys);
  const opened = openEnvelope(datagram, keys);
  return opened.kind === 'rejected' ? opened : decodeOctaviaHeartbeat(opened.payload);
}

/** One datagram to send. The `octavia` wire is its version 3: counters must be increments. */
export function encodeDatagram(
  heartbeat: Heartbeat,
  options: { readonly wire: Wire; readonly key: HeartbeatKey },
): Buffer {
  switch (options.wire) {
    case 'octavia':
      return sealEnvelope(encodeOctaviaHeartbeat(heartbeat), options.key);
    case 'native':
      return encodeNativeDatagram(heartbeat, options.key);
  }
}
