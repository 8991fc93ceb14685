import assert from 'node:assert';
import { type HeartbeatKey, isSameMac, MAC_BYTES } from './key.ts';
import type { Heartbeat, MalformedReason } from './message.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { decodeNativeBody, HEAD_BYTES, LAYOUT_VERSION } from './msgpack-wire.ts';
import type { ViewBuffer } from './view-buffer.ts';

const KEY_ID_OFFSET = 2;

/** Our own wire: the scanner reads what it can, and the decoder the rest. */
export class MsgpackReader {
  readonly #view: ViewBuffer;
  readonly #scanner: MsgpackScanner;
  readonly #keys: readonly HeartbeatKey[];
  readonly #keyIds: readonly number[];
  #datagram: Buffer = Buffer.alloc(0);

  constructor(keys: readonly HeartbeatKey[], view: ViewBuffer) {
    this.#view = view;
    this.#scanner = new MsgpackScanner(view);
    this.#keys = keys;
    this.#keyIds = keys.map(({ id }) => id.readUInt32BE());
  }

  read(
    datagram: Buffer,
  ): 'heartbeat' | 'too-short' | 'bad-hmac' | 'unknown-layout' | MalformedReason {
    const signedBytes = datagram.length - MAC_BYTES;
    if (signedBytes < HEAD_BYTES) return 'too-short';
    if (!this.#isVerified(datagram, signedBytes)) return 'bad-hmac';
    if (datagram[1] !== LAYOUT_VERSION) return 'unknown-layout';
    this.#datagram = datagram;
    if (this.#scanner.scan(datagram, HEAD_BYTES, signedBytes)) return 'heartbeat';
    const decoded = decodeNativeBody(datagram.subarray(HEAD_BYTES, signedBytes));
    if (decoded.kind === 'malformed') return decoded.reason;
    const { digestHigh: high, digestLow: low } = decoded;
    this.#view.fill(decoded.heartbeat, decoded.epoch, { high, low });
    return 'heartbeat';
  }

  #isVerified(datagram: Buffer, signedBytes: number): boolean {
    const keyId = datagram.readUInt32BE(KEY_ID_OFFSET);
    for (const [index, key] of this.#keys.entries()) {
      if (this.#keyIds[index] !== keyId) continue;
      if (isSameMac(key.sign(datagram, signedBytes), datagram, signedBytes)) return true;
    }
    return false;
  }

  /** What was read last. */
  decode(): Heartbeat {
    const decoded = decodeNativeBody(this.#datagram.subarray(HEAD_BYTES, -MAC_BYTES));
    assert(decoded.kind === 'heartbeat', 'what the scanner takes the decoder takes too');
    return decoded.heartbeat;
  }
}
