import type { Clock } from '#core/ports/clock.ts';

/** Of 100,000 datagrams a second 200 come meanwhile, which Linux' default receive buffer holds twice. */
export const REST_MS = 2;
/** What libuv takes from a socket in one turn of the loop: after so many, more may be waiting. */
const TURN_MAX = 32;

export interface CoalescingOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Holds the thread up for so long. */
  readonly rest: (ms: number) => void;
}

/**
 * Lets datagrams gather in the kernel, as network cards hold back interrupts: a thread that is woken for each one or two
 * spends more on waking up, and its senders on waking it, than on taking them. It rests once its socket is empty, and only
 * while they come faster than it would rest.
 */
export class ReceiveCoalescing {
  readonly #options: CoalescingOptions;
  #taken = 0;
  #turnEndedMs = Number.NEGATIVE_INFINITY;

  constructor(options: CoalescingOptions) {
    this.#options = options;
  }

  /** Call it with each datagram. */
  took(): void {
    if (this.#taken++ === 0) setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    const { clock, rest } = this.#options;
    const isEmpty = this.#taken < TURN_MAX;
    this.#taken = 0;
    const now = clock.monotonicMs();
    if (isEmpty && now - this.#turnEndedMs < REST_MS) rest(REST_MS);
    this.#turnEndedMs = now;
  };
}

const nobodyWakes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Of a thread that has nothing else to do; its timers and answers wait as well. */
export function restThread(ms: number): void {
  Atomics.wait(nobodyWakes, 0, 0, ms);
}
