import fc from 'fast-check';

/**
 * Picks some of very many cases, others in each run. `OCTAVIA_FLOW_POINTS=all` takes all of them; the seed that a failed
 * run printed, given as `OCTAVIA_FLOW_SEED`, the same as then.
 */
export function sampled<Case>(all: readonly Case[], count: number): readonly Case[] {
  const { OCTAVIA_FLOW_POINTS: points, OCTAVIA_FLOW_SEED: given } = process.env;
  if (points === 'all' || all.length <= count) return all;
  const seed = Number(given ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`${count} of ${all.length} cases: OCTAVIA_FLOW_SEED=${seed}\n`);
  const subset = fc.shuffledSubarray([...all], { minLength: count, maxLength: count });
  return fc.sample(subset, { seed, numRuns: 1 })[0] ?? all;
}
