import { DriverFailure } from '../domain/errors.ts';

/** Stored values that cannot stand in haproxy.cfg safely. Permanent: only who stored them can change them. */
export class Unwritable extends DriverFailure {
  /** The policy that they belong to; null: something else of the listener. */
  readonly l7PolicyId: string | null;

  constructor(message: string, l7PolicyId: string | null = null) {
    super(message, { retryable: false });
    this.name = 'Unwritable';
    this.l7PolicyId = l7PolicyId;
  }
}

/** A listener that is left out of the file, so that the others serve: with a condition less it would do more than asked. */
export interface UnwritableListener {
  readonly listenerId: string;
  readonly l7PolicyId: string | null;
  /** Names the object, its id, and what would be right. */
  readonly reason: string;
}

/** @returns what `write` returns, or that it cannot be written */
export function attempt(listenerId: string, write: () => string): string | UnwritableListener {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    return { listenerId, l7PolicyId: error.l7PolicyId, reason: error.message };
  }
}

/** Runs `write`, and says of what is unwritable in it that it is the policy's. */
export function ofPolicy<Result>(l7PolicyId: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw error instanceof Unwritable ? new Unwritable(error.message, l7PolicyId) : error;
  }
}
