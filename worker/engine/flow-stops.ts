import { setTimeout as delay } from 'node:timers/promises';
import { prepared } from '#core/db/prepared.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Queryable } from '#core/ports/transaction.ts';

const LOOK_INTERVAL_MS = 1000;
/** What timers can count; longer than any flow may run. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const WISHES = prepared(`
  select flow_id as "flowId", cancel_reason as reason from flow_note
  where flow_id = any($1) and cancel_requested_at is not null`);

export interface FlowStopsOptions {
  readonly db: Queryable;
  /** Milliseconds from its first step after which a flow is failed. */
  readonly deadlineMs: number;
  readonly logger: Logger;
}

/** One flow under watch. */
export interface FlowStop {
  /** Fires, with the reason, when the flow is to fail where it is and to undo what it did. */
  readonly signal: AbortSignal;
  /** To be called when the flow has ended. */
  release(): void;
}

/**
 * Ends flows before their time: at their deadline, or because an operator said so. Both are failures of the step under
 * way, so that the undos run and the objects end in ERROR with the reason on record.
 */
export class FlowStops {
  readonly #options: FlowStopsOptions;
  readonly #watched = new Map<string, AbortController>();
  #isLooking = false;

  constructor(options: FlowStopsOptions) {
    this.#options = options;
  }

  /** @param begunMsAgo since its first step, on whatever worker. @param wish why somebody wants it ended, if so already */
  watch(flowId: string, begunMsAgo: number, wish: string | null): FlowStop {
    const { deadlineMs } = this.#options;
    const stop = new AbortController();
    if (wish !== null) stop.abort(cancelled(wish));
    const overdue = setTimeout(
      () => stop.abort(new Error(`not done within its deadline of ${deadlineMs / 1000} s`)),
      Math.min(Math.max(deadlineMs - begunMsAgo, 0), TIMER_MS_MAX),
    );
    this.#watched.set(flowId, stop);
    if (!this.#isLooking) void this.#lookUntilIdle();
    return {
      signal: stop.signal,
      release: () => {
        clearTimeout(overdue);
        // After a takeover by this very worker the flow may be watched anew.
        if (this.#watched.get(flowId) === stop) this.#watched.delete(flowId);
      },
    };
  }

  /** Costs nothing while no flow runs. */
  async #lookUntilIdle(): Promise<void> {
    const { db, logger } = this.#options;
    this.#isLooking = true;
    while (this.#watched.size > 0) {
      await delay(LOOK_INTERVAL_MS, undefined, { ref: false });
      try {
        const ids = [...this.#watched.keys()];
        const { rows } = await db.query<{ flowId: string; reason: string }>(WISHES, [ids]);
        for (const { flowId, reason } of rows) this.#watched.get(flowId)?.abort(cancelled(reason));
      } catch (error) {
        logger.warn({ error }, 'could not look whether flows are to be cancelled');
      }
    }
    this.#isLooking = false;
  }
}

function cancelled(reason: string): Error {
  return new Error(`cancelled: ${reason}`);
}
