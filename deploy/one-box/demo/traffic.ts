import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** One request to the VIP, as its client saw it. */
export interface Visit {
  readonly atMs: number;
  readonly tookMs: number;
  /** The server's answer; null when there was none. */
  readonly answer: string | null;
}

export interface TrafficOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly timeoutMs: number;
}

const IN_FLIGHT_MAX = 200;
const VISITS_MAX = 200_000;

/**
 * Visitors of a VIP at a steady rate, each on a connection of its own: what fails is seen as a user would see it, and
 * no visitor waits for another.
 */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #visits: Visit[] = [];
  readonly #stopping = new AbortController();
  #inFlight = 0;
  #loop: Promise<void> | undefined;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Visits that began in the span, by `performance.now()`; those still under way are left out. */
  between(fromMs: number, toMs: number = Number.POSITIVE_INFINITY): readonly Visit[] {
    return this.#visits.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  async #run(): Promise<void> {
    const gapMs = 1000 / this.#options.perSecond;
    let nextMs = performance.now();
    while (!this.#stopping.signal.aborted) {
      if (this.#inFlight < IN_FLIGHT_MAX && this.#visits.length < VISITS_MAX)
        void this.#visitOnce();
      // After a pause of the whole machine go on from now, instead of making up for it in a burst.
      nextMs = Math.max(nextMs + gapMs, performance.now() - gapMs);
      await delay(Math.max(0, nextMs - performance.now()));
    }
    while (this.#inFlight > 0) await delay(5);
  }

  async #visitOnce(): Promise<void> {
    this.#inFlight += 1;
    this.#visits.push(await visit(this.#options.url, this.#options.timeoutMs));
    this.#inFlight -= 1;
  }
}

export async function visit(url: string, timeoutMs: number): Promise<Visit> {
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: timeoutMs } });
  const atMs = performance.now();
  const answer = await request(url, { dispatcher, signal: AbortSignal.timeout(timeoutMs) })
    .then(async ({ statusCode, body }) => (statusCode === 200 ? body.text() : drained(body)))
    .catch(() => null);
  await dispatcher.destroy().catch(() => {});
  return { atMs, tookMs: performance.now() - atMs, answer };
}

async function drained(body: { dump(): Promise<void> }): Promise<null> {
  await body.dump();
  return null;
}

/** How often each server answered. */
export function answers(visits: readonly Visit[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { answer } of visits) {
    if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return counts;
}

export function lost(visits: readonly Visit[]): number {
  return visits.filter(({ answer }) => answer === null).length;
}
