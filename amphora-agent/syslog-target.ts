import type { Logger } from '#core/ports/logger.ts';

/** Where messages go to, of RFC 5424. */
export interface SyslogTarget {
  start(): void;
  /** Never throws and never waits: what cannot be kept is dropped, and the log says so. */
  send(message: Buffer): void;
  stop(): Promise<void>;
}

export interface SyslogTargetOptions {
  /** The first gets each message; the others stand in for it. None: messages are dropped. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly logger: Logger;
}

const WARN_INTERVAL_MS = 10_000;

/** Each line of a busy load balancer could cause a warning: one in ten seconds is told, with the number of those before. */
export class SeldomWarning {
  readonly #logger: Logger;
  #lastMs = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  warn(what: string, details: object): void {
    const now = performance.now();
    this.#untold++;
    if (now - this.#lastMs < WARN_INTERVAL_MS) return;
    this.#logger.warn({ ...details, times: this.#untold }, what);
    this.#lastMs = now;
    this.#untold = 0;
  }
}
