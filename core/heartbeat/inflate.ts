import { adlerOf } from './adler.ts';
import {
  DISTANCE_BASE,
  DISTANCE_CODES,
  DISTANCE_EXTRA_BITS,
  END_OF_BLOCK,
  LENGTH_BASE,
  LENGTH_CODES,
  LENGTH_EXTRA_BITS,
} from './deflate-codes.ts';
import { CodeTable } from './huffman.ts';

/** What 1 kB unfolds to at most is far more, but then it is no heartbeat. */
const OUTPUT_BYTES_MAX = 32 * 1024;
/** Longer ones, of many members or listeners, zlib unfolds faster. */
const INPUT_BYTES_MAX = 1024;
/** The longest sequence of codes that is read before the end of the input is looked for. */
const PADDING_BYTES = 16;
const HEADER_BYTES = 2;
const ADLER_BYTES = 4;
/** Deflate with a window of 32 kB, the only first byte that zlib writes at its default window. */
const ZLIB_FIRST_BYTE = 0x78;
const HAS_DICTIONARY = 0x20;

const FIRST_NO_LITERAL = END_OF_BLOCK << 4;
const LITERAL_CODES = END_OF_BLOCK + 1 + LENGTH_CODES;
/** The order in which a block tells how long the codes of its code lengths are. */
const ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

/** Two bytes, a longest repetition, and what four bytes at a time write too much. */
const ROOM_BYTES = 264;

/**
 * Unfolds the zlib streams of heartbeats: a few hundred bytes, for which zlib's own set-up costs more than the work.
 * It knows what senders of heartbeats write, and leaves everything else, all that is wrong with a stream too, to zlib.
 * Its loops are long for speed: `bench/micro/inflate.ts`.
 * @see RFC 1950, RFC 1951
 */
export class Inflater {
  /** What was unfolded last; overwritten by the next. */
  readonly output = Buffer.alloc(OUTPUT_BYTES_MAX);
  readonly #unfolded = new DataView(this.output.buffer, this.output.byteOffset, OUTPUT_BYTES_MAX);
  /** A copy with room behind, so that four bytes can be read at a time. */
  readonly #input = Buffer.alloc(INPUT_BYTES_MAX + PADDING_BYTES);
  readonly #window = new DataView(this.#input.buffer, this.#input.byteOffset);
  #endBit = 0;
  #bit = 0;
  #written = 0;
  readonly #symbols = new Uint16Array(LITERAL_CODES + DISTANCE_CODES);
  readonly #lengths = new Uint8Array(LITERAL_CODES + DISTANCE_CODES);
  readonly #codeBits = new Uint8Array(ORDER.length);
  readonly #codeLengths = new CodeTable();
  readonly #literals = new CodeTable();
  readonly #distances = new CodeTable();
  readonly #fixedLiterals = new CodeTable();
  readonly #fixedDistances = new CodeTable();

  constructor() {
    const all = Uint16Array.from({ length: 288 }, (_, symbol) => symbol);
    const lengths = new Uint8Array(288);
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
    this.#fixedLiterals.build(all, lengths, 0, lengths.length);
    this.#fixedDistances.build(all, new Uint8Array(32).fill(5), 0, 32);
  }

  /**
   * @param stream what follows the end of the zlib stream is ignored
   * @param length how much of it counts
   * @returns how many bytes `output` now holds, or -1: ask zlib
   */
  inflate(stream: Uint8Array, length: number): number {
    if (length > INPUT_BYTES_MAX || length < HEADER_BYTES + ADLER_BYTES) return -1;
    const flags = stream[1] as number;
    if (stream[0] !== ZLIB_FIRST_BYTE || ((ZLIB_FIRST_BYTE << 8) | flags) % 31 !== 0) return -1;
    if ((flags & HAS_DICTIONARY) !== 0) return -1;
    this.#input.set(stream.length === length ? stream : stream.subarray(0, length));
    this.#endBit = (length - ADLER_BYTES) * 8;
    this.#bit = HEADER_BYTES * 8;
    this.#written = 0;
    if (!this.#readBlocks()) return -1;
    const adler = this.#window.getInt32((this.#bit + 7) >> 3);
    return adler === adlerOf(this.output, this.#written) ? this.#written : -1;
  }

  #readBlocks(): boolean {
    for (;;) {
      const isLast = this.#take(1) === 1;
      const kind = this.#take(2);
      if (kind === 1) {
        if (!this.#readBlock(this.#fixedLiterals, this.#fixedDistances)) return false;
      } else if (kind !== 2 || !this.#readTables()) return false;
      else if (!this.#readBlock(this.#literals, this.#distances)) return false;
      if (isLast) return true;
    }
  }

  #take(bits: number): number {
    const window = this.#window.getUint32(this.#bit >> 3, true) >>> (this.#bit & 7);
    this.#bit += bits;
    return window & ((1 << bits) - 1);
  }

  #readTables(): boolean {
    const literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    if (literalCount > LITERAL_CODES || distanceCount > DISTANCE_CODES) return false;
    if (!this.#readCodeLengths(this.#take(4) + 4)) return false;
    const symbols = this.#symbols;
    const used = this.#readLengths(literalCount + distanceCount);
    let literalsUsed = used;
    while (literalsUsed > 0 && (symbols[literalsUsed - 1] as number) >= literalCount)
      literalsUsed--;
    return (
      used >= 0 &&
      this.#literals.build(symbols, this.#lengths, 0, literalsUsed) &&
      this.#distances.build(symbols, this.#lengths, literalsUsed, used, literalCount)
    );
  }

  /** The codes in which the lengths of the codes are written. */
  #readCodeLengths(count: number): boolean {
    const bits = this.#codeBits;
    bits.fill(0);
    for (let index = 0; index < count; index++) bits[ORDER[index] as number] = this.#take(3);
    let used = 0;
    for (let symbol = 0; symbol < ORDER.length; symbol++) {
      const length = bits[symbol] as number;
      if (length === 0) continue;
      this.#symbols[used] = symbol;
      this.#lengths[used++] = length;
    }
    return this.#codeLengths.build(this.#symbols, this.#lengths, 0, used);
  }

  /** Those that are not zero, into `#symbols` and `#lengths`. @returns how many, or -1 */
  #readLengths(count: number): number {
    const window = this.#window;
    const symbols = this.#symbols;
    const lengths = this.#lengths;
    const { entries, mask } = this.#codeLengths;
    const endBit = this.#endBit;
    let bit = this.#bit;
    let symbol = 0;
    let used = 0;
    let last = -1;
    while (symbol < count) {
      if (bit > endBit) return -1;
      const next = window.getUint32(bit >> 3, true) >>> (bit & 7);
      const entry = entries[next & mask] as number;
      const codeBits = entry & 15;
      const extra = next >>> codeBits;
      const code = entry >> 4;
      bit += codeBits;
      if (code < 16) {
        if (code !== 0) {
          symbols[used] = symbol;
          lengths[used++] = code;
        }
        last = code;
        symbol++;
      } else if (code === 16) {
        bit += 2;
        const repeats = 3 + (extra & 3);
        if (last < 0 || symbol + repeats > count) return -1;
        for (let stop = symbol + repeats; symbol < stop; symbol++) {
          if (last === 0) continue;
          symbols[used] = symbol;
          lengths[used++] = last;
        }
      } else {
        last = 0;
        bit += code === 17 ? 3 : 7;
        symbol += code === 17 ? 3 + (extra & 7) : 11 + (extra & 127);
        if (symbol > count) return -1;
      }
    }
    this.#bit = bit;
    return used;
  }

  #readBlock(literals: CodeTable, distances: CodeTable): boolean {
    const window = this.#window;
    const output = this.output;
    const unfolded = this.#unfolded;
    const endBit = this.#endBit;
    const { entries, mask } = literals;
    const { entries: distanceEntries, mask: distanceMask } = distances;
    let bit = this.#bit;
    let written = this.#written;
    for (;;) {
      if (bit > endBit || written > OUTPUT_BYTES_MAX - ROOM_BYTES) return false;
      let next = window.getUint32(bit >> 3, true) >>> (bit & 7);
      let entry = entries[next & mask] as number;
      if (entry < FIRST_NO_LITERAL) {
        if (entry === 0) return false;
        // 25 bits are at hand: two codes of 12 bits.
        output[written++] = entry >> 4;
        bit += entry & 15;
        entry = entries[(next >>> (entry & 15)) & mask] as number;
        if (entry < FIRST_NO_LITERAL) {
          if (entry === 0) return false;
          output[written++] = entry >> 4;
          bit += entry & 15;
          continue;
        }
        next = window.getUint32(bit >> 3, true) >>> (bit & 7);
      }
      const code = (entry >> 4) - END_OF_BLOCK - 1;
      bit += entry & 15;
      if (code < 0) break;
      if (code >= LENGTH_CODES) return false;
      const lengthBits = LENGTH_EXTRA_BITS[code] as number;
      const length =
        (LENGTH_BASE[code] as number) + ((next >>> (entry & 15)) & ((1 << lengthBits) - 1));
      bit += lengthBits;
      next = window.getUint32(bit >> 3, true) >>> (bit & 7);
      entry = distanceEntries[next & distanceMask] as number;
      if (entry === 0 || entry >> 4 >= DISTANCE_CODES) return false;
      bit += entry & 15;
      next >>>= entry & 15;
      const distanceBits = DISTANCE_EXTRA_BITS[entry >> 4] as number;
      bit += distanceBits;
      const distance = (DISTANCE_BASE[entry >> 4] as number) + (next & ((1 << distanceBits) - 1));
      let from = written - distance;
      if (from < 0) return false;
      const stop = written + length;
      if (distance >= 4) {
        for (; written < stop; written += 4, from += 4)
          unfolded.setUint32(written, unfolded.getUint32(from, true), true);
        written = stop;
      } else for (; written < stop; written++) output[written] = output[from++] as number;
    }
    this.#bit = bit;
    this.#written = written;
    return bit <= endBit;
  }
}
