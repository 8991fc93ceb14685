/** How packets of new clients are spread: pure arithmetic, put into a map of numbers by the rules. */

export interface Weighed {
  /** The same for as long as it is the same member. */
  readonly mark: number;
  readonly weight: number;
}

const TURNS_MAX = 1024;
const BUCKETS_MIN = 256;
const BUCKETS_MAX = 4096;
const BUCKETS_A_MEMBER = 16;

/**
 * One round of turns by weight. Heavier members have theirs spread over the round, so that none gets a burst.
 * @returns the mark of whose turn it is, in order; at most 1024 turns, or one a member where these are more
 */
export function turnsOf(members: readonly Weighed[]): readonly number[] {
  const shares = reduced(members.map(({ weight }) => weight));
  const total = sum(shares);
  const credits = shares.map(() => 0);
  return Array.from({ length: total }, () => {
    let best = 0;
    for (const [index, share] of shares.entries()) {
      credits[index] = (credits[index] ?? 0) + share;
      if ((credits[index] ?? 0) > (credits[best] ?? 0)) best = index;
    }
    credits[best] = (credits[best] ?? 0) - total;
    return members[best]?.mark ?? 0;
  });
}

/**
 * A member for each value of a hash: when one goes, only its own clients go to others (highest random weight).
 * @returns the mark of each bucket, by number; the same on every amphora
 */
export function bucketsOf(members: readonly Weighed[]): readonly number[] {
  const wanted = 2 ** Math.ceil(Math.log2(members.length * BUCKETS_A_MEMBER));
  const length = Math.min(BUCKETS_MAX, Math.max(BUCKETS_MIN, wanted));
  return Array.from({ length }, (_, bucket) => {
    let best = { mark: 0, score: Number.NEGATIVE_INFINITY };
    for (const { mark, weight } of members) {
      const score = weight / -Math.log(fractionOf(bucket, mark));
      if (score > best.score) best = { mark, score };
    }
    return best.mark;
  });
}

/**
 * Weights that bring new connections to those that have fewest; the kernel's rules cannot compare counters, so the
 * counts are some seconds old and this is only nearly least connections.
 */
export function leastConnections(
  members: readonly Weighed[],
  activeOf: (mark: number) => number,
): readonly Weighed[] {
  const most = Math.max(0, ...members.map(({ mark }) => activeOf(mark)));
  const steps = Math.max(1, most / LEAST_STEPS);
  return members.map(({ mark }) => ({
    mark,
    weight: 1 + Math.round((most - activeOf(mark)) / steps),
  }));
}

const LEAST_STEPS = 16;

/** The least whole numbers in the same proportion, or nearly so where they would be too many turns. */
function reduced(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommon, 0);
  const exact = weights.map((weight) => weight / Math.max(1, divisor));
  const total = sum(exact);
  if (total <= TURNS_MAX) return exact;
  return exact.map((weight) => Math.max(1, Math.floor((weight * TURNS_MAX) / total)));
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** From 0 to 1, both excluded: two numbers mixed until every bit depends on every other (the finalizer of Murmur3). */
function fractionOf(bucket: number, mark: number): number {
  let mixed = Math.imul(bucket + 1, 0x9e3779b1) ^ mark;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (((mixed ^ (mixed >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
