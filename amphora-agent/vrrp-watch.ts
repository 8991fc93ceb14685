import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { readIfPresent } from './apply/atomic-file.ts';

const INTERVAL_MS = 1000;

/** Tells in the log when this amphora gets or loses the VIP: keepalived's own words go to the machine's syslog. */
export class VrrpWatch implements Service {
  readonly name = 'VRRP watch';
  readonly #stateFile: string;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | null = null;
  #state: string | null = null;

  constructor(stateFile: string, logger: Logger) {
    this.#stateFile = stateFile;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => void this.#look(), INTERVAL_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #look(): Promise<void> {
    const content = await readIfPresent(this.#stateFile).catch(() => null);
    const state = content?.toString('utf8').trim() ?? null;
    if (state === null || state === this.#state) return;
    this.#logger.info({ from: this.#state, to: state }, 'VRRP state');
    this.#state = state;
  }
}
