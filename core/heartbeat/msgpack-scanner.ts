import { MsgpackCursor } from './msgpack-cursor.ts';
import { DIGEST_BYTES, UUID_BYTES, WORDS } from './msgpack-field.ts';
import { COUNTERS_PER_LISTENER, EPOCH_MAX, ID_WORDS } from './view.ts';
import type { ViewBuffer } from './view-buffer.ts';

const FIELDS = 9;
const STATUSES = 2;
const POOL_FIELDS = 4;
const WORD_BYTES = 4;

/**
 * Reads the msgpack of a heartbeat without an object, as our sender writes it: what counts for every heartbeat into the
 * view, and of the statuses only whether they could be read. At any surprise it gives up, and `decodeNativeBody` decides.
 * @see msgpack-wire.ts, the reference
 */
export class MsgpackScanner {
  readonly #view: ViewBuffer;
  readonly #cursor = new MsgpackCursor();
  #bytes: Buffer = Buffer.alloc(0);

  constructor(view: ViewBuffer) {
    this.#view = view;
  }

  /** @returns false when it gave up; the view then holds nothing of use */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#cursor.begin(bytes, start, end);
    this.#view.begin();
    const isRead = this.#scanHead() && this.#scanListeners() && this.#scanStatuses();
    return isRead && this.#cursor.isAtEnd() && !this.#view.hasTwins();
  }

  #scanHead(): boolean {
    const cursor = this.#cursor;
    const view = this.#view;
    if (cursor.takeList() !== FIELDS || cursor.skipBytes() !== UUID_BYTES) return false;
    if (cursor.isPastEnd()) return false;
    this.#readId(cursor.at - UUID_BYTES, view.id, 0);
    view.epoch = cursor.takeWhole();
    view.sequence = cursor.takeNil() ? -1 : cursor.takeWhole();
    if (view.epoch < 0 || view.epoch > EPOCH_MAX) return false;
    view.version = cursor.takeWhole();
    const hasDeltas = cursor.takeBoolean();
    view.hasDeltas = hasDeltas === 1;
    if (view.version < 0 || hasDeltas < 0) return false;
    if (cursor.skipBytes() !== DIGEST_BYTES || cursor.isPastEnd()) return false;
    view.digestHigh = this.#bytes.readUInt32BE(cursor.at - DIGEST_BYTES);
    view.digestLow = this.#bytes.readUInt32BE(cursor.at - DIGEST_BYTES / 2);
    return true;
  }

  #scanListeners(): boolean {
    const cursor = this.#cursor;
    const view = this.#view;
    const idBytes = cursor.skipBytes();
    if (idBytes < 0 || idBytes % UUID_BYTES !== 0 || cursor.isPastEnd()) return false;
    const firstId = cursor.at - idBytes;
    const listeners = idBytes / UUID_BYTES;
    if (cursor.takeList() !== listeners * COUNTERS_PER_LISTENER) return false;
    for (let index = 0; index < listeners; index++) {
      const place = view.addListener();
      this.#readId(firstId + index * UUID_BYTES, view.listenerIds, place * ID_WORDS);
      for (let counter = 0; counter < COUNTERS_PER_LISTENER; counter++) {
        const value = cursor.takeWhole();
        if (value < 0) return false;
        view.counters[place * COUNTERS_PER_LISTENER + counter] = value;
      }
    }
    return true;
  }

  #scanStatuses(): boolean {
    const cursor = this.#cursor;
    const bytes = cursor.skipBytes();
    if (bytes < 0 || !cursor.isAtEnd()) return false;
    cursor.at -= bytes;
    if (cursor.takeList() !== STATUSES) return false;
    if (cursor.takeList() !== this.#view.listenerCount) return false;
    for (let index = 0; index < this.#view.listenerCount; index++)
      if (!this.#skipWord()) return false;
    const pools = cursor.takeList();
    if (pools < 0) return false;
    for (let index = 0; index < pools; index++) if (!this.#skipPool()) return false;
    return true;
  }

  #skipPool(): boolean {
    const cursor = this.#cursor;
    if (cursor.takeList() !== POOL_FIELDS || !this.#skipId()) return false;
    if (!cursor.takeNil() && !this.#skipId()) return false;
    if (!this.#skipWord()) return false;
    const count = cursor.takeList();
    if (count < 0 || count % 2 !== 0) return false;
    for (let index = 0; index < count; index += 2)
      if (!this.#skipId() || !this.#skipWord()) return false;
    return true;
  }

  #skipId(): boolean {
    return this.#cursor.skipBytes() === UUID_BYTES && !this.#cursor.isPastEnd();
  }

  #skipWord(): boolean {
    const code = this.#cursor.takeWhole();
    if (code >= 0) return code < WORDS.length && !this.#cursor.isPastEnd();
    return this.#cursor.skipText() >= 0 && !this.#cursor.isPastEnd();
  }

  #readId(at: number, into: Uint32Array, offset: number): void {
    for (let word = 0; word < ID_WORDS; word++)
      into[offset + word] = this.#bytes.readUInt32BE(at + word * WORD_BYTES);
  }
}
