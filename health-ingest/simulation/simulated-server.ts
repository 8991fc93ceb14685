import type { Host } from './host.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** Milliseconds that a statement is on its way, more or less. */
export const LATENCY_MS = 2;
const POLL_MS = 20;

/** PostgreSQL as one reaches it: it takes a moment, it hangs, and hosts are cut off from it. */
export class SimulatedServer {
  readonly #timeline: Timeline;
  readonly #random: Random;
  #stalledUntilMs = 0;
  readonly #cutOff = new Set<Host>();

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  stall(durationMs: number): void {
    this.#stalledUntilMs = this.#timeline.nowMs + durationMs;
  }

  cutOff(host: Host, durationMs: number): void {
    this.#cutOff.add(host);
    this.#timeline.after(durationMs, () => this.#cutOff.delete(host));
  }

  statement<Answer>(host: Host, answer: () => Answer): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.arrive(host, () => {
      const found = answer();
      host.answer(this.#latencyMs(), () => resolve(found));
    });
    return promise;
  }

  /** Does something on the server once it can; a connection that is cut off waits, as TCP does. */
  arrive(host: Host, work: () => void): void {
    const attempt = (): void => {
      if (host.isDead) return;
      if (this.#cutOff.has(host) || this.#timeline.nowMs < this.#stalledUntilMs) {
        this.#timeline.after(POLL_MS, attempt);
        return;
      }
      work();
    };
    this.#timeline.after(this.#latencyMs(), attempt);
  }

  #latencyMs(): number {
    return LATENCY_MS * (0.5 + this.#random.next());
  }
}
