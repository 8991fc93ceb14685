import { endianness } from 'node:os';

const IS_BIG_ENDIAN = endianness() === 'BE';
const WORD_BYTES = 4;

/** Writes words as little-endian bytes, as machines of almost any kind have them in memory. */
export function writeWords(words: Uint32Array, into: Buffer, offset = 0): void {
  const bytes = into.subarray(offset, offset + words.byteLength);
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  if (IS_BIG_ENDIAN) bytes.swap32();
}

/** A copy: a received buffer begins anywhere, and words must lie at multiples of four. */
export function readWords(bytes: Buffer, offset = 0): Uint32Array {
  const words = new Uint32Array(Math.floor((bytes.length - offset) / WORD_BYTES));
  const copy = Buffer.from(words.buffer);
  bytes.copy(copy, 0, offset, offset + copy.length);
  if (IS_BIG_ENDIAN) copy.swap32();
  return words;
}
