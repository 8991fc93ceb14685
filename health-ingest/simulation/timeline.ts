interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * The time of a simulated world: what is to happen, in order. After each event everything that waited for it runs, up
 * to the next thing that takes time, so that one seed always gives one story.
 */
export class Timeline {
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #order = 0;
  #hasWoken = false;

  get nowMs(): number {
    return this.#nowMs;
  }

  after(durationMs: number, fire: () => void): void {
    const event = { atMs: this.#nowMs + Math.max(0, durationMs), order: this.#order++, fire };
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  every(intervalMs: number, fire: () => void): void {
    this.after(intervalMs, () => {
      fire();
      this.every(intervalMs, fire);
    });
  }

  /** Says that a promise was settled, whose waiters must run before the next event. */
  woke(): void {
    this.#hasWoken = true;
  }

  async run(untilMs: number): Promise<void> {
    await settled();
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#removeFirst();
      this.#nowMs = next.atMs;
      next.fire();
      if (!this.#hasWoken) continue;
      this.#hasWoken = false;
      await settled();
    }
    this.#nowMs = untilMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event))
        child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Microtasks are done before the event loop turns. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
