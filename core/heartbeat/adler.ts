/** How many bytes may be summed before the sums leave 31 bits. */
const ADLER_RUN = 3800;
const ADLER_BASE = 65_521;

/** Adler-32 as a signed number, four bytes at a time: each of a byte's four places counts for what it adds to the sum of sums. */
export function adlerOf(bytes: Uint8Array, length: number): number {
  let sum = 1;
  let sums = 0;
  for (let index = 0; index < length; ) {
    const stop = Math.min(index + ADLER_RUN, length);
    for (; index + 3 < stop; index += 4) {
      const a = bytes[index] as number;
      const b = bytes[index + 1] as number;
      const c = bytes[index + 2] as number;
      const d = bytes[index + 3] as number;
      sums += 4 * (sum + a) + 3 * b + 2 * c + d;
      sum += a + b + c + d;
    }
    for (; index < stop; index++) {
      sum += bytes[index] as number;
      sums += sum;
    }
    sum %= ADLER_BASE;
    sums %= ADLER_BASE;
  }
  return (sums << 16) | sum;
}
