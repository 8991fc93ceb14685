import { setTimeout as delay } from 'node:timers/promises';
import { type HeartbeatKey, heartbeatKey } from '#core/heartbeat/key.ts';
import { type Carried, heartbeatOf, type Said } from './carried.ts';
import { type HealthManager, KEY } from './health-manager.ts';

const INTERVAL_MS = 1000;

/** An amphora that reports, to one manager after the other as real ones do, until it dies. */
export class Living {
  readonly #dead = new AbortController();
  readonly #loop: Promise<void>;
  said: Said;
  key: HeartbeatKey = heartbeatKey(KEY);
  /** Heartbeats that went out. */
  sent = 0;

  constructor(carried: Carried, managers: readonly HealthManager[], said: Said = {}) {
    this.said = said;
    this.#loop = this.#run(carried, managers);
  }

  async die(): Promise<void> {
    this.#dead.abort();
    await this.#loop;
  }

  async #run(carried: Carried, managers: readonly HealthManager[]): Promise<void> {
    const { signal } = this.#dead;
    for (let sequence = 1; !signal.aborted; sequence++) {
      await managers[sequence % managers.length]?.send(
        heartbeatOf(carried, { ...this.said, sequence }),
        'native',
        this.key,
      );
      this.sent++;
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
