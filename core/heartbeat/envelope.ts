import { constants, deflateSync, inflateSync } from 'node:zlib';
import { type HeartbeatKey, isSameMac, MAC_BYTES, macOf } from './key.ts';

export type RejectReason = 'too-short' | 'bad-hmac' | 'bad-zlib' | 'too-large';
export type Opened =
  | { readonly kind: 'opened'; readonly payload: Buffer }
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

/** The largest message known has 200 members and 20 kB; 60 kB of zlib can unfold to 60 MB. */
const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;
const HEX_MAC_BYTES = MAC_BYTES * 2;

/**
 * Opens one heartbeat datagram: `zlib(payload)` and then the HMAC-SHA256 of those bytes, as 64 lower-case hex digits or,
 * from old amphorae, 32 raw bytes. Bytes between the end of the zlib stream and the HMAC are ignored.
 * @param datagram at most 65,536 bytes, from anyone; neither copied nor kept
 * @param keys those in force, the most likely first
 * @returns never throws: what does not verify is `rejected`, with the reason to count it by
 */
export function openEnvelope(datagram: Buffer, keys: readonly HeartbeatKey[]): Opened {
  if (datagram.length < MAC_BYTES) return { kind: 'rejected', reason: 'too-short' };
  const signed = verified(datagram, keys);
  if (signed === null) return { kind: 'rejected', reason: 'bad-hmac' };
  return inflate(signed);
}

/** The datagram as today's amphorae send it: hex digits at the end. */
export function sealEnvelope(payload: Buffer, key: HeartbeatKey): Buffer {
  const compressed = deflateSync(payload, { level: constants.Z_BEST_COMPRESSION });
  return Buffer.concat([compressed, Buffer.from(macOf(compressed, key).toString('hex'), 'latin1')]);
}

function verified(datagram: Buffer, keys: readonly HeartbeatKey[]): Buffer | null {
  for (const key of keys) {
    const beforeHex = datagram.subarray(0, -HEX_MAC_BYTES);
    if (datagram.length >= HEX_MAC_BYTES && hasHexMac(datagram, beforeHex, key)) return beforeHex;
    const beforeRaw = datagram.subarray(0, -MAC_BYTES);
    if (isSameMac(macOf(beforeRaw, key), datagram.subarray(-MAC_BYTES))) return beforeRaw;
  }
  return null;
}

function hasHexMac(datagram: Buffer, signed: Buffer, key: HeartbeatKey): boolean {
  const expected = Buffer.from(macOf(signed, key).toString('hex'), 'latin1');
  return isSameMac(expected, datagram.subarray(-HEX_MAC_BYTES));
}

function inflate(signed: Buffer): Opened {
  try {
    return {
      kind: 'opened',
      payload: inflateSync(signed, { maxOutputLength: PAYLOAD_BYTES_MAX }),
    };
  } catch (error) {
    const isBomb =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return { kind: 'rejected', reason: isBomb ? 'too-large' : 'bad-zlib' };
  }
}
