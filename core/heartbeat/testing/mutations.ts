/** mulberry32: the same numbers from 0 to 1 every run, so that a failing round can be seen again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function randomBytes(random: () => number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = random() * 256;
  return bytes;
}

/** One of: a flipped bit, bytes overwritten, cut off, appended, removed from the middle, repeated. Never the input itself. */
export function mutated(good: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * good.length);
  const length = 1 + Math.floor(random() * 8);
  switch (Math.floor(random() * 6)) {
    case 0: {
      const flipped = Buffer.from(good);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      return flipped;
    }
    case 1: {
      const noise = Buffer.concat([
        good.subarray(0, at),
        randomBytes(random, length),
        good.subarray(at + length),
      ]);
      return noise.equals(good) ? good.subarray(1) : noise;
    }
    case 2:
      return good.subarray(0, at);
    case 3:
      return Buffer.concat([good, randomBytes(random, length)]);
    case 4:
      return Buffer.concat([good.subarray(0, at), good.subarray(at + length)]);
    default:
      return Buffer.concat([good.subarray(0, at + length), good.subarray(at)]);
  }
}
