/** One attempt at a rate. */
export interface Attempt {
  /** A second, as it came about. */
  readonly rate: number;
  readonly sent: number;
  readonly accepted: number;
}

export interface RateSearchOptions {
  /** A second; where to begin, at best a little more than is possible. */
  readonly guess: number;
  readonly attempt: (rate: number, seconds: number) => Promise<Attempt>;
}

export interface RateFound {
  /** At the highest rate that was held without losing one; null: at none. */
  readonly held: Attempt | null;
  /** Whether the sender, not the receiver, was the limit. */
  readonly isSenderLimited: boolean;
}

const ATTEMPT_SECONDS = 1.2;
/** A rate counts only when it was held this long. */
export const HOLD_SECONDS = 5;
const NARROWINGS = 4;
const HOLDS_MAX = 12;
const HOLD_BACK = 0.92;
const GROWTH = 1.35;
const RATE_MAX = 400_000;
/** The sender fell this far behind what it was asked for: it cannot do more. */
const SENDER_SHARE_MIN = 0.97;

/** Looks for the highest rate at which nothing is lost: by halves, then held for long, and lower until it holds. */
export async function searchRate({ guess, attempt }: RateSearchOptions): Promise<RateFound> {
  const bounds = await boundsOf(guess, attempt);
  let { rate } = bounds;
  for (let narrowing = 0; narrowing < NARROWINGS && bounds.tooHigh !== null; narrowing++) {
    const middle = (rate + bounds.tooHigh) / 2;
    if (isWhole(await attempt(middle, ATTEMPT_SECONDS))) rate = middle;
    else bounds.tooHigh = middle;
  }
  for (let hold = 0; hold < HOLDS_MAX; hold++) {
    const held = await attempt(rate, HOLD_SECONDS);
    if (isWhole(held)) return { held, isSenderLimited: bounds.tooHigh === null };
    rate *= HOLD_BACK;
  }
  return { held: null, isSenderLimited: false };
}

/** Raises the rate until something is lost, or until the sender cannot do more: then nothing is too high. */
async function boundsOf(
  guess: number,
  attempt: RateSearchOptions['attempt'],
): Promise<{ readonly rate: number; tooHigh: number | null }> {
  let rate = 0;
  for (let next = guess; next < RATE_MAX; next *= GROWTH) {
    const made = await attempt(next, ATTEMPT_SECONDS);
    if (!isWhole(made)) return { rate, tooHigh: next };
    if (made.rate < next * SENDER_SHARE_MIN) return { rate: made.rate, tooHigh: null };
    rate = next;
  }
  return { rate, tooHigh: null };
}

function isWhole({ sent, accepted }: Attempt): boolean {
  return sent === accepted;
}
