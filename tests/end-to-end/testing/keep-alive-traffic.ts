import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

const CONNECTIONS = 16;
const ANSWER_TIMEOUT_MS = 20_000;
const FAILURES_MAX = 1000;

export interface TrafficFigures {
  readonly answered: number;
  /** When, in `performance.now()`, and why. */
  readonly failures: readonly { readonly atMs: number; readonly reason: string }[];
}

/** Requests at a steady rate over connections that are kept. */
export class KeepAliveTraffic {
  readonly #pool: Pool;
  readonly #intervalMs: number;
  readonly #failures: { atMs: number; reason: string }[] = [];
  #answered = 0;
  #isEnding = false;
  readonly #workers: Promise<void>[];

  constructor(url: string, perSecond: number) {
    this.#pool = new Pool(url, {
      connections: CONNECTIONS,
      pipelining: 1,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    this.#intervalMs = (1000 * CONNECTIONS) / perSecond;
    this.#workers = Array.from({ length: CONNECTIONS }, () => this.#work());
  }

  async end(): Promise<TrafficFigures> {
    this.#isEnding = true;
    await Promise.all(this.#workers);
    await this.#pool.close();
    return { answered: this.#answered, failures: this.#failures };
  }

  async #work(): Promise<void> {
    while (!this.#isEnding && this.#failures.length < FAILURES_MAX) {
      await this.#once();
      await delay(this.#intervalMs);
    }
  }

  async #once(): Promise<void> {
    try {
      const { statusCode, body } = await this.#pool.request({ path: '/', method: 'GET' });
      await body.dump();
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      this.#answered++;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failures.push({ atMs: performance.now(), reason });
    }
  }
}
