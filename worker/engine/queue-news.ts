import type { Clock } from '#core/ports/clock.ts';

/**
 * Past its end a flow counts as running until the engine has noted that end: so long a queue is looked at again and
 * again for what may take its place.
 */
const TAIL_MS = 1000;

/** Whoever puts a flow into a queue says so; this is for when nobody could hear it. */
const QUIET_MS = 5000;
/** For queues with a limit that all workers share: nobody tells of the end of another worker's flow. */
const SHARED_QUIET_MS = 500;

interface Told {
  /** Something happened that nobody has looked at. */
  isNew: boolean;
  restlessUntilMs: number;
  wake: () => void;
}

/** Says when a queue is worth a look: the engine's own way is to ask the database many times a second, busy or not. */
export class QueueNews {
  readonly #shared: readonly string[];
  readonly #clock: Clock;
  readonly #queues = new Map<string, Told>();
  #isOver = false;

  /** @param shared the queues whose limit all workers share */
  constructor(shared: readonly string[], clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  /** There is, or may be, something new in it. */
  tell(queue: string): void {
    const told = this.#of(queue);
    told.isNew = true;
    told.wake();
  }

  tellAll(): void {
    for (const queue of this.#queues.keys()) this.tell(queue);
  }

  /** A flow of this queue has ended. */
  tellOfEnd(queue: string): void {
    this.#of(queue).restlessUntilMs = this.#clock.monotonicMs() + TAIL_MS;
    this.tell(queue);
  }

  /** Resolves when the queue is worth a look. One waits for a queue at a time. @returns false: no more, ever */
  async wait(queue: string): Promise<boolean> {
    const told = this.#of(queue);
    if (!told.isNew && !this.#isRestless(told) && !this.#isOver)
      await new Promise<void>((resolve) => {
        const quietMs = this.#shared.includes(queue) ? SHARED_QUIET_MS : QUIET_MS;
        const timer = setTimeout(resolve, quietMs);
        told.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    told.isNew = false;
    return !this.#isOver;
  }

  /** Ends all waits. */
  stop(): void {
    this.#isOver = true;
    this.tellAll();
  }

  #isRestless({ restlessUntilMs }: Told): boolean {
    return this.#clock.monotonicMs() < restlessUntilMs;
  }

  #of(queue: string): Told {
    const known = this.#queues.get(queue);
    if (known) return known;
    // Nobody knows what was put into it before.
    const told: Told = { isNew: true, restlessUntilMs: 0, wake: () => {} };
    this.#queues.set(queue, told);
    return told;
  }
}
