const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN_8 = 0xc4;
const BIN_16 = 0xc5;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;
const TEXT_8 = 0xd9;
const TEXT_16 = 0xda;
const LIST_16 = 0xdc;

/** Steps through msgpack as our sender writes it. What is not as expected is refused, right or wrong. */
export class MsgpackCursor {
  /** Where the next value begins. */
  at = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;

  begin(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  isAtEnd(): boolean {
    return this.at === this.#end;
  }

  isPastEnd(): boolean {
    return this.at > this.#end;
  }

  takeNil(): boolean {
    return this.#takeByte(NIL);
  }

  /** @returns 0 or 1; -1: something else */
  takeBoolean(): number {
    if (this.#takeByte(TRUE)) return 1;
    return this.#takeByte(FALSE) ? 0 : -1;
  }

  /** @returns how many values follow; -1: something else */
  takeList(): number {
    const head = this.#bytes[this.at] ?? 0;
    if ((head & 0xf0) === 0x90) {
      this.at++;
      return head & 0x0f;
    }
    return head === LIST_16 ? this.#takeLength16() : -1;
  }

  /** Bytes, which then lie before `at`. @returns how many; -1: something else */
  skipBytes(): number {
    const head = this.#bytes[this.at];
    let length = -1;
    if (head === BIN_8) length = this.#takeLength8();
    else if (head === BIN_16) length = this.#takeLength16();
    if (length > 0) this.at += length;
    return length;
  }

  /** @returns the bytes it takes as UTF-8; -1: something else */
  skipText(): number {
    const head = this.#bytes[this.at] ?? 0;
    let length = -1;
    if ((head & 0xe0) === 0xa0) {
      length = head & 0x1f;
      this.at++;
    } else if (head === TEXT_8) length = this.#takeLength8();
    else if (head === TEXT_16) length = this.#takeLength16();
    if (length > 0) this.at += length;
    return length;
  }

  /** @returns a whole number from 0 to 2^53 - 1; -1: something else */
  takeWhole(): number {
    const bytes = this.#bytes;
    const { at } = this;
    const head = bytes[at] ?? 0;
    if (head < 0x80) {
      this.at = at + 1;
      return head;
    }
    if (at + 9 > bytes.length) return -1;
    switch (head) {
      case UINT_8:
        this.at = at + 2;
        return bytes[at + 1] as number;
      case UINT_16:
        this.at = at + 3;
        return ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
      case UINT_32:
        this.at = at + 5;
        return bytes.readUInt32BE(at + 1);
      case FLOAT_64: {
        this.at = at + 9;
        const value = bytes.readDoubleBE(at + 1);
        return Number.isSafeInteger(value) && value >= 0 ? value : -1;
      }
      default:
        return -1;
    }
  }

  #takeByte(byte: number): boolean {
    if (this.#bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  #takeLength8(): number {
    this.at += 2;
    return this.#bytes[this.at - 1] ?? -1;
  }

  #takeLength16(): number {
    this.at += 3;
    const high = this.#bytes[this.at - 2] ?? -1;
    return (high << 8) | (this.#bytes[this.at - 1] ?? -1);
  }
}
