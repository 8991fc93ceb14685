import { inflateSync } from 'node:zlib';
import { Inflater } from './inflate.ts';
import { HEX_MAC_BYTES, type HeartbeatKey, isSameHexMac, isSameMac, MAC_BYTES } from './key.ts';

export type RejectReason = 'too-short' | 'bad-hmac' | 'bad-zlib' | 'too-large';

/** The largest message known has 200 members and 20 kB; 60 kB of zlib can unfold to 60 MB. */
const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Opens the datagrams of Octavia's wire: `zlib(payload)` and then the HMAC-SHA256 of those bytes, as 64 lower-case hex
 * digits or, from old amphorae, 32 raw bytes. Bytes between the end of the zlib stream and the HMAC are ignored.
 */
export class EnvelopeOpener {
  /** What was opened last, `payloadLength` bytes of it; overwritten by the next. */
  payload: Buffer;
  payloadLength = 0;
  /** Which of the keys signed it. */
  keyPlace = -1;
  readonly #keys: readonly HeartbeatKey[];
  readonly #inflater = new Inflater();

  /** @param keys those in force, the most likely first */
  constructor(keys: readonly HeartbeatKey[]) {
    this.#keys = keys;
    this.payload = this.#inflater.output;
  }

  /**
   * @param datagram at most 65,536 bytes, from anyone; neither copied nor kept
   * @returns never throws: what does not verify is rejected, with the reason to count it by
   */
  open(datagram: Buffer): 'opened' | RejectReason {
    if (datagram.length < MAC_BYTES) return 'too-short';
    const macAt = datagram.length - HEX_MAC_BYTES;
    const isHexMac = macAt >= 0 && isHex(datagram, macAt);
    const length = isHexMac ? macAt : datagram.length - MAC_BYTES;
    this.keyPlace = this.#placeOfSigner(datagram, length, isHexMac ? isSameHexMac : isSameMac);
    if (this.keyPlace < 0) return 'bad-hmac';
    this.payload = this.#inflater.output;
    this.payloadLength = this.#inflater.inflate(datagram, length);
    return this.payloadLength < 0 ? this.#openByZlib(datagram.subarray(0, length)) : 'opened';
  }

  #placeOfSigner(datagram: Buffer, length: number, isSame: typeof isSameMac): number {
    const keys = this.#keys;
    for (let place = 0; place < keys.length; place++)
      if (isSame((keys[place] as HeartbeatKey).sign(datagram, length), datagram, length))
        return place;
    return -1;
  }

  #openByZlib(signed: Buffer): 'opened' | RejectReason {
    try {
      this.payload = inflateSync(signed, { maxOutputLength: PAYLOAD_BYTES_MAX });
      this.payloadLength = this.payload.length;
      return 'opened';
    } catch (error) {
      const isBomb =
        error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      return isBomb ? 'too-large' : 'bad-zlib';
    }
  }
}

/** Raw bytes are never 64 such digits by chance, so that one hash a key is enough to know. */
function isHex(bytes: Buffer, start: number): boolean {
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if ((byte < 0x30 || byte > 0x39) && (byte < 0x61 || byte > 0x66)) return false;
  }
  return true;
}
