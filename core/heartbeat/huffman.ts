const CODE_BITS_MAX = 15;
/**
 * How wide a table gets at most: two literals, or a distance and its 13 extra bits, must fit the 25 bits that are at hand
 * wherever a code begins. Longer codes are hardly ever in a heartbeat, and left to zlib.
 */
const TABLE_BITS_MAX = 12;

/** The low bits of a number, the other way round: a code is written with its first bit lowest. */
const REVERSED = Uint16Array.from({ length: 1 << TABLE_BITS_MAX }, (_, code) => {
  let reversed = 0;
  for (let bit = 0; bit < TABLE_BITS_MAX; bit++)
    reversed |= ((code >> bit) & 1) << (TABLE_BITS_MAX - 1 - bit);
  return reversed;
});

/** The Huffman codes of one alphabet of deflate, looked up by the next bits of the stream. */
export class CodeTable {
  /** By the next bits: symbol × 16 + length of its code; 0: no code begins so. */
  readonly entries = new Uint16Array(1 << TABLE_BITS_MAX);
  /** Of the bits that look up; narrow when all codes are short. */
  mask = 0;
  readonly #counts = new Uint16Array(CODE_BITS_MAX + 1);
  readonly #next = new Uint16Array(CODE_BITS_MAX + 1);

  /**
   * @param symbols those that have a code, ascending, in the places from `start` to `end`
   * @param lengths bits of the code of each, in the same places
   * @param base what is taken from each symbol
   * @returns false when they are no set of codes, or one that is left to zlib
   */
  build(symbols: Uint16Array, lengths: Uint8Array, start: number, end: number, base = 0): boolean {
    const longest = this.#assign(lengths, start, end);
    if (longest < 0) return false;
    const size = 1 << longest;
    const next = this.#next;
    const { entries } = this;
    this.mask = size - 1;
    if (end - start < 2) entries.fill(0, 0, size);
    for (let index = start; index < end; index++) {
      const bits = lengths[index] as number;
      const code = next[bits] as number;
      next[bits] = code + 1;
      const entry = (((symbols[index] as number) - base) << 4) | bits;
      const step = 1 << bits;
      let at = (REVERSED[code] as number) >> (TABLE_BITS_MAX - bits);
      for (; at < size; at += step) entries[at] = entry;
    }
    return true;
  }

  /** The first code of each length. @returns the longest length, or -1 */
  #assign(lengths: Uint8Array, start: number, end: number): number {
    const counts = this.#counts;
    counts.fill(0);
    let longest = 1;
    for (let index = start; index < end; index++) {
      const bits = lengths[index] as number;
      counts[bits] = (counts[bits] as number) + 1;
      if (bits > longest) longest = bits;
    }
    if (longest > TABLE_BITS_MAX) return -1;
    let code = 0;
    let left = 1;
    for (let bits = 1; bits <= longest; bits++) {
      const count = counts[bits] as number;
      this.#next[bits] = code;
      code = (code + count) << 1;
      left = left * 2 - count;
    }
    // Every sequence of bits must be a code, but where there is one of one bit, or none at all.
    return left === 0 || (left > 0 && end - start < 2 && longest === 1) ? longest : -1;
  }
}
