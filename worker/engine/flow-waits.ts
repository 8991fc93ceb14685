/** Milliseconds in one step after which a flow counts as waiting for somebody else. */
const WORKS_MS_MAX = 1000;
/** Flows of a queue that may wait beside those that work: each is a promise and a timer, and of those there is an end. */
const WAITING_MAX = 500;

/**
 * Counts the flows that wait: for a machine to boot, for an amphora that does not answer. They take no place among the
 * flows that a worker runs at a time, so that however many amphorae are slow, other load balancers do not wait for them.
 */
export class FlowWaits {
  readonly #waiting = new Map<string, number>();
  readonly #hasBegun: (queue: string) => void;

  /** @param hasBegun told when a flow of that queue begins to wait: there is room for another */
  constructor(hasBegun: (queue: string) => void) {
    this.#hasBegun = hasBegun;
  }

  /** How many flows of the queue wait now and take no place. */
  of(queue: string): number {
    return Math.min(this.#waiting.get(queue) ?? 0, WAITING_MAX);
  }

  /** Does the work of one step of a flow of that queue. */
  async during<Result>(queue: string, work: () => Promise<Result>): Promise<Result> {
    let isWaiting = false;
    const timer = setTimeout(() => {
      isWaiting = true;
      this.#add(queue, 1);
      this.#hasBegun(queue);
    }, WORKS_MS_MAX);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      if (isWaiting) this.#add(queue, -1);
    }
  }

  #add(queue: string, count: number): void {
    this.#waiting.set(queue, (this.#waiting.get(queue) ?? 0) + count);
  }
}
