/** What other threads hold they hold for a microsecond, unless the processor was taken from them. */
const LOOKS = 2000;
const LOOK_AGAIN_MS = 1;

/** Returns once a word of shared memory may have another value: at once, or after a moment. */
export function waitWhile(words: Int32Array, at: number, value: number): void {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, at) !== value) return;
  Atomics.wait(words, at, value, LOOK_AGAIN_MS);
}
