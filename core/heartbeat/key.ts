import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

export const MAC_BYTES = 32;
export const KEY_ID_BYTES = 4;

/** A key that heartbeats are signed with. The bytes stay inside the `KeyObject`, so that no log can show them. */
export interface HeartbeatKey {
  /** Derived from the key, so that nobody has to configure it: tells which key of a ring signed a datagram. */
  readonly id: Buffer;
  readonly secret: KeyObject;
}

/** @param text the option `heartbeat_key`; its UTF-8 bytes are the key, as in Octavia. An unset one signs as `None` there. */
export function heartbeatKey(text: string): HeartbeatKey {
  const secret = createSecretKey(text === '' ? 'None' : text, 'utf8');
  const id = createHmac('sha256', secret).update('octavia heartbeat key id').digest();
  return { id: id.subarray(0, KEY_ID_BYTES), secret };
}

/** HMAC-SHA256, 32 bytes. */
export function macOf(bytes: Buffer, key: HeartbeatKey): Buffer {
  return createHmac('sha256', key.secret).update(bytes).digest();
}

/** Compares in a time that does not depend on where the two differ. */
export function isSameMac(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}
