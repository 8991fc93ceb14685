import type { Clock } from '#core/ports/clock.ts';
import type { SightingBoard } from './sighting-board.ts';
import type { SightingSource } from './sighting-source.ts';
import { ThreadGaps } from './thread-gaps.ts';

export interface IntakeOptions {
  readonly source: SightingSource;
  readonly board: SightingBoard;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly heartbeatTimeoutMs: number;
}

/** What a look at the sightings came to. `problem`: some may be missing. */
export type Taken = {
  readonly problem:
    | 'Redis lost sightings'
    | 'sightings are missing'
    | 'sightings are behind'
    | null;
};

/** Brings the board up to date, and says whether that can be relied on. */
export class SightingIntake {
  readonly #options: IntakeOptions;
  readonly #gaps = new ThreadGaps();
  /** Amphorae that do not carry what they should, and since when we know. */
  #mismatchedSinceMs: ReadonlyMap<string, number> = new Map();
  #askedAtMs: number | null = null;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Amphorae that report, but not what they should, and since when, by our monotonic clock. */
  get mismatchedSinceMs(): ReadonlyMap<string, number> {
    return this.#mismatchedSinceMs;
  }

  /**
   * @param isTrusted whether the board has been relied on before: until then a thread may be met at any number
   * @throws when the source cannot be read
   */
  async take(isTrusted: boolean): Promise<Taken> {
    const { source, board, clock } = this.#options;
    const askedAtMs = clock.monotonicMs();
    const read = await source.read();
    const nowMs = clock.monotonicMs();
    // What came in since we asked last cannot be older than that, wherever Redis' clock was set to meanwhile.
    const earliestMs = this.#askedAtMs ?? askedAtMs;
    let isMissing = false;
    for (const batch of read.batches) {
      const kind = this.#gaps.take(batch, !isTrusted);
      if (kind === 'gap') isMissing = true;
      if (kind === 'repeated') continue;
      board.see(batch.ids, Math.max(earliestMs, nowMs - batch.agoMs) - batch.ageMs);
    }
    this.#askedAtMs = askedAtMs;
    this.#mismatchedSinceMs = new Map(
      read.mismatched.map((id) => [id, this.#mismatchedSinceMs.get(id) ?? nowMs]),
    );
    if (isTrusted) await this.#forgetUnexpected(nowMs);
    if (read.isLost) return { problem: 'Redis lost sightings' };
    if (isMissing) return { problem: 'sightings are missing' };
    return { problem: read.isBehind ? 'sightings are behind' : null };
  }

  /**
   * Nobody else forgets those that were deleted while they were wrong, and only so many are read. One that is expected
   * later is noted anew, for it is asked until it is right.
   */
  async #forgetUnexpected(nowMs: number): Promise<void> {
    const { source, board, heartbeatTimeoutMs } = this.#options;
    const unexpected = Array.from(this.#mismatchedSinceMs)
      .filter(([id, sinceMs]) => nowMs - sinceMs > heartbeatTimeoutMs && board.findExpected(id) < 0)
      .map(([id]) => id);
    await source.forgetMismatched(unexpected);
  }
}
