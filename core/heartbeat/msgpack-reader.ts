import assert from 'node:assert';
import { type HeartbeatKey, isSameMac, MAC_BYTES } from './key.ts';
import type { Heartbeat, MalformedReason } from './message.ts';
import { HEAD_BYTES, LAYOUT_VERSION } from './msgpack-layout.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { decodeNativeBody } from './msgpack-wire.ts';
import type { ViewBuffer } from './view-buffer.ts';

const KEY_ID_OFFSET = 2;

/** Our own wire: the scanner reads what it can, and the decoder the rest. */
export class MsgpackReader {
  /** Which of the keys signed what was read last. */
  keyPlace = -1;
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
    this.keyPlace = this.#placeOfSigner(datagram, signedBytes);
    if (this.keyPlace < 0) return 'bad-hmac';
    if (datagram[1] !== LAYOUT_VERSION) return 'unknown-layout';
    this.#datagram = datagram;
    if (this.#scanner.scan(datagram, HEAD_BYTES, signedBytes)) return 'heartbeat';
    const decoded = decodeNativeBody(datagram.subarray(HEAD_BYTES, signedBytes));
    if (decoded.kind === 'malformed') return decoded.reason;
    const { digestHigh: high, digestLow: low } = decoded;
    this.#view.fill(decoded.heartbeat, decoded.epoch, { high, low });
    return 'heartbeat';
  }

  #placeOfSigner(datagram: Buffer, signedBytes: number): number {
    const keyId = datagram.readUInt32BE(KEY_ID_OFFSET);
    const keys = this.#keys;
    for (let place = 0; place < keys.length; place++) {
      if (this.#keyIds[place] !== keyId) continue;
      const mac = (keys[place] as HeartbeatKey).sign(datagram, signedBytes);
      if (isSameMac(mac, datagram, signedBytes)) return place;
    }
    return -1;
  }

  /** What was read last. */
  decode(): Heartbeat {
    const decoded = decodeNativeBody(this.#datagram.subarray(HEAD_BYTES, -MAC_BYTES));
    assert(decoded.kind === 'heartbeat', 'what the scanner takes the decoder takes too');
    return decoded.heartbeat;
  }
}
