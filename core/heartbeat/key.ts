import { hash } from 'node:crypto';

export const MAC_BYTES = 32;
export const HEX_MAC_BYTES = MAC_BYTES * 2;
export const KEY_ID_BYTES = 4;

/** A key that heartbeats are signed with. Its bytes stay inside the function, so that no log can show them. */
export interface HeartbeatKey {
  /** Derived from the key, so that nobody has to configure it: tells which key of a ring signed a datagram. */
  readonly id: Buffer;
  /** HMAC-SHA256 of the first `length` bytes: 32 letters, a byte each. */
  sign(bytes: Uint8Array, length: number): string;
}

/** @param text the option `heartbeat_key`; its UTF-8 bytes are the key, as in Octavia. An unset one signs as `None` there. */
export function heartbeatKey(text: string): HeartbeatKey {
  const sign = signer(Buffer.from(text === '' ? 'None' : text, 'utf8'));
  const label = Buffer.from('octavia heartbeat key id');
  const id = Buffer.from(sign(label, label.length), 'latin1').subarray(0, KEY_ID_BYTES);
  return { id, sign };
}

/** HMAC-SHA256, 32 bytes. */
export function macOf(bytes: Buffer, key: HeartbeatKey): Buffer {
  return Buffer.from(key.sign(bytes, bytes.length), 'latin1');
}

/** Compares `MAC_BYTES` from `offset` on, in a time that does not depend on where the two differ. */
export function isSameMac(mac: string, bytes: Uint8Array, offset: number): boolean {
  let difference = 0;
  for (let index = 0; index < MAC_BYTES; index++)
    difference |= mac.charCodeAt(index) ^ (bytes[offset + index] as number);
  return difference === 0;
}

/** The same where the MAC is written as `HEX_MAC_BYTES` lower-case digits. */
export function isSameHexMac(mac: string, bytes: Uint8Array, offset: number): boolean {
  let difference = 0;
  for (let index = 0; index < MAC_BYTES; index++) {
    const byte = mac.charCodeAt(index);
    const at = offset + 2 * index;
    difference |= hexDigit(byte >> 4) ^ (bytes[at] as number);
    difference |= hexDigit(byte & 15) ^ (bytes[at + 1] as number);
  }
  return difference === 0;
}

const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Grows with the longest message. */
const MESSAGE_BYTES_AT_FIRST = 2048;

/**
 * HMAC by two one-shot hashes over buffers that begin with the padded key: less than half the time of `createHmac`,
 * whose objects cost more than the hashing (`bench/micro/hmac.ts`).
 * @see RFC 2104
 */
function signer(key: Buffer): HeartbeatKey['sign'] {
  let inner = Buffer.alloc(BLOCK_BYTES + MESSAGE_BYTES_AT_FIRST);
  const outer = Buffer.alloc(BLOCK_BYTES + MAC_BYTES);
  const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const byte = short[index] ?? 0;
    inner[index] = byte ^ INNER_PAD;
    outer[index] = byte ^ OUTER_PAD;
  }
  return (bytes, length) => {
    if (inner.length < BLOCK_BYTES + length)
      inner = Buffer.concat([inner.subarray(0, BLOCK_BYTES), Buffer.alloc(length * 2)]);
    inner.set(bytes.length === length ? bytes : bytes.subarray(0, length), BLOCK_BYTES);
    const digest = hash('sha256', inner.subarray(0, BLOCK_BYTES + length), 'binary');
    for (let index = 0; index < MAC_BYTES; index++)
      outer[BLOCK_BYTES + index] = digest.charCodeAt(index);
    return hash('sha256', outer, 'binary');
  };
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}
