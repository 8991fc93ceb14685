import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Retry } from './flow.ts';
import type { HungCalls } from './hung-calls.ts';

/** What a failure says about trying again. `outage`: the database is away, which no step's own patience should pay for. */
export type FailureKind = 'permanent' | 'retryable' | 'outage';

export interface AttemptOptions {
  readonly retry: Retry;
  readonly timeoutMs: number;
  readonly classify: (error: unknown) => FailureKind;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Knows of work that was given up. */
  readonly hungCalls: HungCalls;
  /** Fires when nobody wants the result any more; nothing is begun after that. */
  readonly signal?: AbortSignal;
  /** Told of each failure after which there is another try. */
  readonly troubled?: (attempts: number, reason: string) => void;
  /** From 0 to 1, for the jitter; `Math.random` when absent. */
  readonly random?: () => number;
}

export const ONCE: Retry = { attemptsMax: 1, intervalMs: 0 };

// A quarter of an hour: longer than a restart or a switch of the database takes, short enough to end.
const OUTAGE: Retry = { attemptsMax: 900, intervalMs: 1000 };
/** Flows that failed together must not all come again at the same moment. */
const JITTER = 0.25;

/**
 * Runs `work` until it succeeds, its patience ends, or the failure is permanent.
 * Work that overstays is given up, not stopped: `hungCalls` knows of it from then on.
 */
export async function attempt<Result>(
  work: () => Promise<Result>,
  options: AttemptOptions,
): Promise<Result> {
  options.signal?.throwIfAborted();
  const giveUp = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal;
  const deadline = setTimeout(
    () => giveUp.abort(new Error(`not done within ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  let underWay: Promise<Result> | undefined;
  const watched = async (): Promise<Result> => {
    underWay = work();
    try {
      return await underWay;
    } finally {
      underWay = undefined;
    }
  };
  try {
    return await Promise.race([tryRepeatedly(watched, options, signal), rejectionOf(signal)]);
  } finally {
    if (underWay) options.hungCalls.add(underWay, options.logger);
    clearTimeout(deadline);
    // Ends the loop that lost the race.
    giveUp.abort(new Error('over'));
  }
}

async function tryRepeatedly<Result>(
  work: () => Promise<Result>,
  options: AttemptOptions,
  signal: AbortSignal,
): Promise<Result> {
  const left = { retryable: options.retry.attemptsMax - 1, outage: OUTAGE.attemptsMax };
  for (let tried = 1; ; tried++) {
    await options.hungCalls.untilRoom(signal);
    try {
      return await work();
    } catch (error) {
      const kind = options.classify(error);
      if (signal.aborted || kind === 'permanent' || left[kind]-- <= 0) throw error;
      const retry = kind === 'outage' ? OUTAGE : options.retry;
      options.logger.debug({ attempt: tried, reason: reasonOf(error) }, 'will try again');
      options.troubled?.(tried, reasonOf(error));
      await options.clock.sleep(waitOf(retry, tried, options.random ?? Math.random), signal);
    }
  }
}

function waitOf(retry: Retry, tried: number, random: () => number): number {
  const grown = retry.intervalMs * (retry.backoff ?? 1) ** (tried - 1);
  const bounded = Math.min(grown, retry.intervalMaxMs ?? grown);
  return bounded * (1 - JITTER + 2 * JITTER * random());
}

async function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
