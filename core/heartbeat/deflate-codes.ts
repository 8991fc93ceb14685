/**
 * What the symbols of deflate stand for: up to 255 a byte, then the end of a block, then how long a repetition is. How
 * far back it lies is an alphabet of its own. Each symbol begins a range, and bits after it tell the place in the range.
 * @see RFC 1951, 3.2.5
 */
export const END_OF_BLOCK = 256;
export const LENGTH_CODES = 29;
export const DISTANCE_CODES = 30;

const LENGTH_MIN = 3;
const LENGTH_MAX = 258;

/** The longest length has a symbol of its own. */
export const LENGTH_EXTRA_BITS = Uint8Array.from({ length: LENGTH_CODES }, (_, code) =>
  code < 8 || code === LENGTH_CODES - 1 ? 0 : (code >> 2) - 1,
);
export const LENGTH_BASE = rangesFrom(LENGTH_MIN, LENGTH_EXTRA_BITS);
LENGTH_BASE[LENGTH_CODES - 1] = LENGTH_MAX;

export const DISTANCE_EXTRA_BITS = Uint8Array.from({ length: DISTANCE_CODES }, (_, code) =>
  code < 4 ? 0 : (code >> 1) - 1,
);
export const DISTANCE_BASE = rangesFrom(1, DISTANCE_EXTRA_BITS);

/** Where each range begins, one right after the other. */
function rangesFrom(first: number, extraBits: Uint8Array): Uint16Array {
  let next = first;
  return Uint16Array.from(extraBits, (bits) => {
    const base = next;
    next += 1 << bits;
    return base;
  });
}
