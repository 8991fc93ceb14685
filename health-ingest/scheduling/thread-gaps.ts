import type { Sightings } from '../exchange/sighting-codec.ts';

/** Threads remembered; the one not heard of for longest goes first. */
const THREADS_MAX = 4096;

/**
 * Whether any thread's batches are missing. A thread that dies leaves no gap: it just ends. One whose batch was lost
 * goes on with a number too high, and the living may have been in what was lost.
 */
export class ThreadGaps {
  readonly #nextNumber = new Map<string, number>();

  /**
   * @param isFirstRead a thread met at our start may be at any number
   * @returns `next`: nothing is missing. `repeated`: known already. `gap`: something before it was lost
   */
  take({ thread, number }: Sightings, isFirstRead: boolean): 'next' | 'repeated' | 'gap' {
    const expected = this.#nextNumber.get(thread) ?? (isFirstRead ? number : 0);
    if (number < expected) return 'repeated';
    this.#remember(thread, number + 1);
    return number === expected ? 'next' : 'gap';
  }

  #remember(thread: string, next: number): void {
    this.#nextNumber.delete(thread);
    this.#nextNumber.set(thread, next);
    if (this.#nextNumber.size <= THREADS_MAX) return;
    const [oldest] = this.#nextNumber.keys();
    if (oldest !== undefined) this.#nextNumber.delete(oldest);
  }
}
