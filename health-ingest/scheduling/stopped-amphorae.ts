import type { Logger } from '#core/ports/logger.ts';
import type { AmphoraDirectory } from './amphora-directory.ts';
import type { VerdictOutcome } from './failover-verdict.ts';
import type { SightingBoard } from './sighting-board.ts';
import type { Suspect } from './suspicion.ts';

export interface StoppedOptions {
  readonly directory: Pick<AmphoraDirectory, 'move'>;
  readonly board: SightingBoard;
  readonly logger: Logger;
  given(outcome: VerdictOutcome): void;
}

const IDS_LOGGED_MAX = 20;
const IDS_PER_MOVE_MAX = 1000;

/** Amphorae that the circuit breaker refused to replace bear the status FAILOVER_STOPPED until they report again. */
export class StoppedAmphorae {
  readonly #options: StoppedOptions;

  constructor(options: StoppedOptions) {
    this.#options = options;
  }

  /** Only those in service: one that boots or is in ERROR keeps its status. */
  async stop(suspects: readonly Suspect[]): Promise<void> {
    const { logger } = this.#options;
    const ids = suspects.filter(({ isStopped }) => !isStopped).map(({ amphoraId }) => amphoraId);
    const moved = await this.#move(ids.slice(0, IDS_PER_MOVE_MAX), true);
    for (const _ of moved) this.#options.given('stopped');
    if (moved.length === 0) return;
    logger.error(
      { amphorae: moved.length, amphora_ids: moved.slice(0, IDS_LOGGED_MAX) },
      'silent, but not failed over: FAILOVER_STOPPED',
    );
  }

  /** Those that report again, and what they should, are as good as any. */
  async resume(
    slots: readonly number[],
    mismatched: { has(amphoraId: string): boolean },
  ): Promise<void> {
    const { board, logger } = this.#options;
    const ids = slots.slice(0, IDS_PER_MOVE_MAX).map((slot) => board.idAt(slot));
    const moved = await this.#move(
      ids.filter((id) => !mismatched.has(id)),
      false,
    );
    for (const _ of moved) this.#options.given('resumed');
    if (moved.length === 0) return;
    logger.info(
      { amphorae: moved.length, amphora_ids: moved.slice(0, IDS_LOGGED_MAX) },
      'report again, no longer FAILOVER_STOPPED',
    );
  }

  async #move(ids: readonly string[], isStopped: boolean): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const { directory, board } = this.#options;
    const moved = isStopped
      ? await directory.move(ids, 'ALLOCATED', 'FAILOVER_STOPPED')
      : await directory.move(ids, 'FAILOVER_STOPPED', 'ALLOCATED');
    // Those that did not move are so already by another manager's doing, or are none of ours any more.
    for (const id of ids) board.markStopped(id, isStopped);
    return moved;
  }
}
