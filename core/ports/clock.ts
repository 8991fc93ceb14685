/** The time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds since some fixed moment; never jumps. For durations and deadlines. */
  monotonicMs(): number;
  /** Resolves after the time has passed, or rejects with the signal's reason once it is aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
