import type { Clock } from '#core/ports/clock.ts';
import type { Timeline } from './timeline.ts';

/** A process of a simulated world: it can be stopped, go on, and be killed, and what it waits for waits with it. */
export class Host {
  readonly #timeline: Timeline;
  #held: (() => void)[] | null = null;
  #isDead = false;
  #wallStepMs = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get isRunning(): boolean {
    return this.#held === null && !this.#isDead;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get clock(): Clock {
    const timeline = this.#timeline;
    return {
      nowMs: () => timeline.nowMs + this.#wallStepMs,
      monotonicMs: () => timeline.nowMs,
      sleep: (durationMs, signal) =>
        new Promise<void>((resolve) => {
          this.after(durationMs, () => {
            // Nobody waits for it any more.
            if (signal?.aborted) return;
            timeline.woke();
            resolve();
          });
        }),
    };
  }

  /** Runs something in this process: later when it is stopped, never when it is dead. */
  do(work: () => void): void {
    if (this.#isDead) return;
    if (this.#held) {
      this.#held.push(work);
      return;
    }
    work();
  }

  after(durationMs: number, work: () => void): void {
    this.#timeline.after(durationMs, () => this.do(work));
  }

  /** The same for what settles a promise: those who wait for it run next. */
  answer(durationMs: number, settle: () => void): void {
    this.after(durationMs, () => {
      this.#timeline.woke();
      settle();
    });
  }

  /** Something here may have begun to wait, or gone on. */
  woke(): void {
    this.#timeline.woke();
  }

  /** SIGSTOP, and SIGCONT after a while. */
  pause(durationMs: number): void {
    if (!this.isRunning) return;
    this.#held = [];
    this.#timeline.after(durationMs, () => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const work of held) this.do(work);
    });
  }

  kill(): void {
    this.#isDead = true;
  }

  stepWallClock(byMs: number): void {
    this.#wallStepMs += byMs;
  }
}
