import type { HeartbeatKey } from './key.ts';
import type { Heartbeat } from './message.ts';
import { encodeNativeDatagram } from './msgpack-writer.ts';
import { encodeOctaviaHeartbeat, sealEnvelope } from './octavia-writer.ts';

export type Wire = 'octavia' | 'native';

/** One datagram to send. The `octavia` wire is its version 3: counters must be increments. */
export function encodeDatagram(
  heartbeat: Heartbeat,
  options: {
    readonly wire: Wire;
    readonly key: HeartbeatKey;
    /** When the sender's process started, seconds since 1970; travels on the native wire only. Absent: it does not tell. */
    readonly epoch?: number;
  },
): Buffer {
  switch (options.wire) {
    case 'octavia':
      return sealEnvelope(encodeOctaviaHeartbeat(heartbeat), options.key);
    case 'native':
      return encodeNativeDatagram(heartbeat, options.epoch ?? 0, options.key);
  }
}
