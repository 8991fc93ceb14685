import type { Clock } from '#core/ports/clock.ts';
import type { AmphoraDirectory } from './amphora-directory.ts';
import type { Expected } from './expected-amphorae.ts';
import type { SightingBoard } from './sighting-board.ts';

export interface LedgerOptions {
  readonly directory: Pick<AmphoraDirectory, 'expectedAfter' | 'changed'>;
  readonly board: SightingBoard;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

const ROWS_PER_PAGE = 5000;
/** Nothing else is to be done before the first pass is through. */
const PAGES_PER_LOOK_AT_START = 4;
const CHANGES_INTERVAL_MS = 1000;
/** It reads all amphorae, so it rests this many times as long as a page took, however many they are. */
const REST_FACTOR = 20;
const REST_BETWEEN_PASSES_MS = 10_000;

/**
 * Brings the board in line with what the database expects: page after page through all amphorae, so that a million are
 * never one result, and every second those that were written lately, so that a new one need not wait for its page.
 */
export class AmphoraLedger {
  readonly #options: LedgerOptions;
  #isComplete = false;
  #hasRoom = true;
  #hadRoomInPass = true;
  /** The last id of the page before; null: a pass begins. */
  #afterId: string | null = null;
  #pageDueAtMs = 0;
  #changesDueAtMs = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Whether all expected amphorae have been read once. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** False: some of those expected did not fit onto the board, in this pass or the one before. */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** Reads what is due. @throws when the database cannot be read; the next call goes on */
  async keep(): Promise<void> {
    const startedAtMs = this.#options.clock.monotonicMs();
    if (startedAtMs >= this.#changesDueAtMs) {
      await this.#takeChanges();
      this.#changesDueAtMs = startedAtMs + CHANGES_INTERVAL_MS;
    }
    for (let page = 1; page <= PAGES_PER_LOOK_AT_START && !this.#isComplete; page++)
      await this.#takePage();
    if (this.#isComplete && this.#options.clock.monotonicMs() >= this.#pageDueAtMs)
      await this.#takePage();
  }

  async #takeChanges(): Promise<void> {
    const { directory, board } = this.#options;
    for (const amphora of await directory.changed())
      if (amphora.isExpected) this.#expect(amphora);
      else board.release(amphora.id);
  }

  async #takePage(): Promise<void> {
    const { directory, board, clock } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const page = await directory.expectedAfter(this.#afterId, ROWS_PER_PAGE);
    for (const amphora of page) this.#expect(amphora);
    const tookMs = clock.monotonicMs() - startedAtMs;
    this.#afterId = page.length < ROWS_PER_PAGE ? null : (page.at(-1)?.id ?? null);
    this.#pageDueAtMs = startedAtMs + tookMs * REST_FACTOR;
    if (this.#afterId !== null) return;
    board.endPass();
    this.#isComplete = true;
    this.#hasRoom = this.#hadRoomInPass;
    this.#hadRoomInPass = true;
    this.#pageDueAtMs += REST_BETWEEN_PASSES_MS;
  }

  #expect(amphora: Expected): void {
    if (this.#options.board.expect(amphora, this.#options.clock.monotonicMs())) return;
    this.#hasRoom = false;
    this.#hadRoomInPass = false;
  }
}
