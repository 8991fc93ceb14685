import fc from 'fast-check';

const { OCTAVIA_FLOW_POINTS, OCTAVIA_FLOW_SEED } = process.env;
const FRESH_SEED = Math.floor(Math.random() * 2 ** 31);

/** For cases in which processes race each other: what fails only now and then must be found by those who look for it. */
export const USUAL_SEED = 1;

/**
 * Picks some of very many cases, others in each run, and says by which seed. `OCTAVIA_FLOW_POINTS=all` takes all of them;
 * the seed that a failed run printed, given as `OCTAVIA_FLOW_SEED`, the same as then.
 */
export function sampled<Case>(
  all: readonly Case[],
  count: number,
  usualSeed = FRESH_SEED,
): readonly Case[] {
  const seed = Number(OCTAVIA_FLOW_SEED ?? usualSeed);
  const some = someOf(all, count, seed);
  if (some.length < all.length)
    process.stdout.write(`${count} of ${all.length} cases: OCTAVIA_FLOW_SEED=${seed}\n`);
  return some;
}

/** The same, and silent: for cases that are known only when a test runs. */
export function someOf<Case>(
  all: readonly Case[],
  count: number,
  seed = Number(OCTAVIA_FLOW_SEED ?? FRESH_SEED),
): readonly Case[] {
  if (OCTAVIA_FLOW_POINTS === 'all' || all.length <= count) return all;
  const subset = fc.shuffledSubarray([...all], { minLength: count, maxLength: count });
  return fc.sample(subset, { seed, numRuns: 1 })[0] ?? all;
}
