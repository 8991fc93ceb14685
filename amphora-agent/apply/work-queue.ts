/** Too much is waiting; the caller should come back later. */
export class QueueFull extends Error {}

/** Runs what changes the host one after the other, in the order it came, so that no request disturbs another. */
export class WorkQueue {
  readonly #waitingMax: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** @throws QueueFull when as many as allowed are waiting already */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#waitingMax)
      return Promise.reject(new QueueFull(`${this.#waiting} changes are waiting already`));
    this.#waiting++;
    const result = this.#last.then(work);
    this.#last = result.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return result;
  }

  /** Resolves when all that was handed in so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
