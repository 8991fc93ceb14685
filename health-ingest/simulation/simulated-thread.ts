import type { HeartbeatView } from '#core/heartbeat/view.ts';
import { AmphoraTable } from '../receiving/amphora-table.ts';
import type { Batch } from '../receiving/batch.ts';
import { Batcher } from '../receiving/batcher.ts';
import { type IngestDeps, ingest } from '../receiving/ingest.ts';
import type { Host } from './host.ts';
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS } from './pace.ts';
import type { Appended, SimulatedRedis } from './simulated-redis.ts';

export interface ThreadOptions {
  readonly host: Host;
  readonly redis: SimulatedRedis;
  readonly name: string;
  /** Counts from 0. */
  readonly thread: number;
  /** What all threads of the manager remember. */
  readonly memory: SharedArrayBuffer;
  appended(appended: Appended): void;
}

const NO_DATAGRAM = Buffer.alloc(0);

/** A receiving thread: all of the real one but its socket, the reading of bytes, and the connection to Redis. */
export class SimulatedThread {
  readonly #options: ThreadOptions;
  readonly #batcher: Batcher;
  readonly #deps: IngestDeps;
  readonly #newestAtMs = new Map<number, number>();
  #sending: { readonly id: string; readonly receivedAtMs: ReadonlyMap<number, number> } = {
    id: '',
    receivedAtMs: new Map(),
  };
  #view: HeartbeatView | null = null;

  constructor(options: ThreadOptions) {
    const { clock } = options.host;
    this.#options = options;
    this.#batcher = new Batcher({
      delayMsMax: 25,
      retryDelayMs: 100,
      sightingsMax: 10_000,
      reportsMax: 10_000,
      statisticsMax: 10_000,
      clock,
      append: (batch) => this.#append(batch),
      dropped() {},
      returned() {},
      failed() {},
    });
    const table = new AmphoraTable({
      memory: options.memory,
      thread: options.thread,
      refreshAfterMs: HEARTBEAT_TIMEOUT_MS,
      refreshesPerSecond: 100,
      reportsPerSecond: 5000,
      forgetAfterMs: 10 * HEARTBEAT_TIMEOUT_MS,
      restartAfterMs: HEARTBEAT_INTERVAL_MS / 2,
    });
    const current = (): HeartbeatView => {
      if (this.#view === null) throw new Error('nothing was received');
      return this.#view;
    };
    this.#deps = {
      reader: {
        read: () => 'heartbeat',
        get view() {
          return current();
        },
      },
      table,
      batcher: this.#batcher,
      redisMs: () => clock.monotonicMs(),
      dropped() {},
      accepted() {},
    };
  }

  get lagMs(): number {
    return this.#batcher.lagMs;
  }

  receive(view: HeartbeatView): void {
    const nowMs = this.#options.host.clock.monotonicMs();
    this.#view = view;
    this.#newestAtMs.set(view.id[0] as number, nowMs);
    ingest(NO_DATAGRAM, nowMs, this.#deps);
    this.#options.host.woke();
  }

  /** Sightings are missing. */
  missed(): void {
    this.#batcher.missed();
  }

  #append(batch: Batch): Promise<void> {
    const { redis, host, name } = this.#options;
    const nowMs = host.clock.monotonicMs();
    const sightings = batch.sightings.map(({ ids, number, oldestAtMs }) => ({
      thread: name,
      number,
      ageMs: Math.ceil(nowMs - oldestAtMs),
      ids,
    }));
    const { id, statistics: records } = batch;
    const receivedAtMs = this.#receivedIn(batch);
    return redis.append(host, { id, sightings, receivedAtMs, records }, (appended) =>
      this.#options.appended(appended),
    );
  }

  /** A batch that is sent again holds what it held when it was made. */
  #receivedIn({ id, sightings }: Batch): ReadonlyMap<number, number> {
    if (this.#sending.id === id) return this.#sending.receivedAtMs;
    const receivedAtMs = new Map<number, number>();
    for (const { ids } of sightings)
      for (let at = 0; at < ids.length; at += 4) {
        const amphora = ids[at] as number;
        receivedAtMs.set(amphora, this.#newestAtMs.get(amphora) ?? 0);
      }
    this.#sending = { id, receivedAtMs };
    return receivedAtMs;
  }
}
