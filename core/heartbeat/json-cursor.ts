import type { StatusDigest } from './status-digest.ts';

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
export const COLON = 0x3a;
const DASH = 0x2d;
const TILDE = 0x7e;
const ZERO = 0x30;
/** Any number of so many digits is below 2^53. */
const DIGITS_MAX = 15;
const UUID_TEXT_BYTES = 36;
const NO_DIGIT = 0x80;

const HEX = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? NO_DIGIT : value;
});

/** Steps through JSON as Octavia's sender writes it. Whatever is not as expected is refused, right or wrong. */
export class JsonCursor {
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #at = 0;

  begin(bytes: Uint8Array, length: number): void {
    this.#bytes = bytes;
    this.#end = length;
    this.#at = 0;
  }

  isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The byte that is `ahead` of the next one. */
  peek(ahead: number): number {
    return this.#bytes[this.#at + ahead] ?? 0;
  }

  /** The byte, after any blanks and before any. */
  take(byte: number): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    while (bytes[at] === SPACE && at < this.#end) at++;
    if (at >= this.#end || bytes[at] !== byte) return false;
    this.#at = at + 1;
    return true;
  }

  /** The very next byte. */
  takeNext(byte: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** A name from its first letter on, and the colon behind it. */
  takeName(name: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < name.length; index++)
      if (bytes[at + index] !== name[index]) return false;
    this.#at = at + name.length;
    return this.take(COLON);
  }

  /** A whole number below 10^15. @returns -1 for anything else */
  takeNumber(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    while (bytes[at] === SPACE) at++;
    const start = at;
    let value = 0;
    for (; at < this.#end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = at - start;
    const hasZeroInFront = digits > 1 && bytes[start] === ZERO;
    if (digits === 0 || digits > DIGITS_MAX || hasZeroInFront) return -1;
    this.#at = at;
    return value;
  }

  /** A text of printable letters without an escape. */
  takeWord(digest: StatusDigest): boolean {
    if (!this.take(QUOTE)) return false;
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let before = 0;
    for (; at < this.#end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return false;
      if (((at - start) & 1) === 1) digest.mix((before << 16) | byte);
      before = byte;
    }
    if (at >= this.#end) return false;
    const length = at - start;
    if ((length & 1) === 1) digest.mix(before);
    digest.mix(length);
    this.#at = at + 1;
    return true;
  }

  /** A lower-case UUID. */
  takeId(into: Uint32Array, offset: number): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + UUID_TEXT_BYTES > this.#end) return false;
    if (bytes[at + 8] !== DASH || bytes[at + 13] !== DASH) return false;
    if (bytes[at + 18] !== DASH || bytes[at + 23] !== DASH) return false;
    const first = hex4(bytes, at);
    const second = hex4(bytes, at + 4);
    const third = hex4(bytes, at + 9);
    const fourth = hex4(bytes, at + 14);
    const fifth = hex4(bytes, at + 19);
    const sixth = hex4(bytes, at + 24);
    const seventh = hex4(bytes, at + 28);
    const eighth = hex4(bytes, at + 32);
    if ((first | second | third | fourth | fifth | sixth | seventh | eighth) < 0) return false;
    into[offset] = (first << 16) | second;
    into[offset + 1] = (third << 16) | fourth;
    into[offset + 2] = (fifth << 16) | sixth;
    into[offset + 3] = (seventh << 16) | eighth;
    this.#at = at + UUID_TEXT_BYTES;
    return true;
  }
}

/** Four digits. @returns a negative number when one of them is none */
function hex4(bytes: Uint8Array, at: number): number {
  const first = HEX[bytes[at] as number] as number;
  const second = HEX[bytes[at + 1] as number] as number;
  const third = HEX[bytes[at + 2] as number] as number;
  const fourth = HEX[bytes[at + 3] as number] as number;
  if (((first | second | third | fourth) & NO_DIGIT) !== 0) return -1;
  return (first << 12) | (second << 8) | (third << 4) | fourth;
}
