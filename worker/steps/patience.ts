import { isDatabaseAway } from '#core/db/pool.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import { attempt, type FailureKind, reasonOf } from '../engine/attempt.ts';
import type { Retry } from '../engine/flow.ts';
import type { World } from '../world.ts';

/** For clouds that are busy: about two minutes in all. */
const STUBBORN: Retry = {
  attemptsMax: 15,
  intervalMs: 1000,
  backoff: 2,
  intervalMaxMs: 10_000,
};

/** For steps that also speak to amphorae: the amphora driver waits long enough by itself. */
const A_FEW_TIMES: Retry = { attemptsMax: 3, intervalMs: 1000, backoff: 2 };
const BEST_EFFORT: Retry = { attemptsMax: 3, intervalMs: 500, backoff: 2 };
const BEST_EFFORT_TIMEOUT_MS = 30_000;

export const stubborn = (): Retry => STUBBORN;
export const aFewTimes = (): Retry => A_FEW_TIMES;

/** What a failure of a step says about trying again. */
export function classify(error: unknown): FailureKind {
  if (isDatabaseAway(error)) return 'outage';
  return error instanceof DriverFailure && error.isRetryable ? 'retryable' : 'permanent';
}

export function permanent(message: string): DriverFailure {
  return new DriverFailure(message, { retryable: false });
}

export function worthWaiting(message: string): DriverFailure {
  return new DriverFailure(message, { retryable: true });
}

/**
 * Does what would be good but must not fail the flow, a few times, for half a minute at most.
 * @returns whether it was done; if not, the log says why
 */
export async function bestEffort(
  world: World,
  what: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const { clock, hungCalls, logger } = world;
  try {
    await attempt(work, {
      retry: BEST_EFFORT,
      timeoutMs: BEST_EFFORT_TIMEOUT_MS,
      classify: (error) => (classify(error) === 'outage' ? 'outage' : 'retryable'),
      clock,
      hungCalls,
      logger,
    });
    return true;
  } catch (error) {
    logger.warn({ reason: reasonOf(error) }, `could not ${what}, going on without`);
    return false;
  }
}
