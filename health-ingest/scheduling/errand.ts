import type { Clock } from '#core/ports/clock.ts';

export type ErrandEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** It takes longer than it may and goes on by itself. */
  | { readonly kind: 'slow' };

/** Given, so that no error with a stack is made four times a second. */
const NO_LONGER = 'no longer waited for';

/** Work that its caller waits for only so long, and of which there is one at a time: nothing piles up behind a server that hangs. */
export class Errand {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #underWay: Promise<ErrandEnd> | null = null;
  #startedAtMs = 0;

  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  /** Milliseconds that it has been under way; 0: it is not. */
  get ageMs(): number {
    return this.#underWay === null ? 0 : this.#clock.monotonicMs() - this.#startedAtMs;
  }

  /** Starts the work, or waits for what is still under way instead. */
  async run(work: () => Promise<void>): Promise<ErrandEnd> {
    this.#underWay ??= this.#start(work);
    const waiting = new AbortController();
    const tooLong = this.#clock.sleep(this.#patienceMs, waiting.signal).then(
      (): ErrandEnd => ({ kind: 'slow' }),
      (): ErrandEnd => ({ kind: 'slow' }),
    );
    const end = await Promise.race([this.#underWay, tooLong]);
    waiting.abort(NO_LONGER);
    return end;
  }

  /** Resolves once nothing is under way. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #start(work: () => Promise<void>): Promise<ErrandEnd> {
    this.#startedAtMs = this.#clock.monotonicMs();
    try {
      await work();
      return { kind: 'done' };
    } catch (error) {
      return { kind: 'failed', error };
    } finally {
      this.#underWay = null;
    }
  }
}
