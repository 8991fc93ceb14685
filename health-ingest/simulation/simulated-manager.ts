import type { HeartbeatView } from '#core/heartbeat/view.ts';
import type { Logger } from '#core/ports/logger.ts';
import { allocateAmphorae } from '../receiving/amphora-memory.ts';
import { FailoverScheduler } from '../scheduling/failover-scheduler.ts';
import { Host } from './host.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { Appended, SimulatedRedis } from './simulated-redis.ts';
import { SimulatedThread } from './simulated-thread.ts';
import type { Timeline } from './timeline.ts';

export interface ManagerSettings {
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly breakerPercent: number;
  readonly breakerFloor: number;
  readonly budget: number;
}

export interface ManagerEvents {
  appended(manager: SimulatedManager, batch: Appended): void;
  logged(message: string, fields: Readonly<Record<string, unknown>>): void;
}

const AMPHORAE_MAX = 10_000;
const TICK_MS = 250;
const FIGURES_INTERVAL_MS = 200;

/** A health manager: the real scheduler over simulated threads, Redis and PostgreSQL. */
export class SimulatedManager {
  readonly host: Host;
  readonly #threads: readonly SimulatedThread[];
  readonly #timeline: Timeline;
  /** When the look began that the last verdict rests on: it knows what was in Redis then. */
  groundsMs = 0;
  /** When it had the last word on that verdict. */
  confirmedMs = 0;
  /** Milliseconds that it will be stopped for when it is about to ask for a failover next. */
  pauseInVerdictMs = 0;
  /** Failovers committed although this manager was in doubt when it had the last word. */
  unsureCommits = 0;
  #lookedAtMs = 0;
  isSure = false;
  openScopes: readonly string[] = [];
  redisLosses = 0;
  #lagMs = 0;

  constructor(
    timeline: Timeline,
    own: {
      name: string;
      threads: number;
      redis: SimulatedRedis;
      database: SimulatedDatabase;
      settings: ManagerSettings;
      events: ManagerEvents;
    },
  ) {
    const host = new Host(timeline);
    const { redis, database, settings, events } = own;
    this.host = host;
    this.#timeline = timeline;
    const memory = allocateAmphorae(AMPHORAE_MAX);
    this.#threads = Array.from(
      { length: own.threads },
      (_, thread) =>
        new SimulatedThread({
          host,
          memory,
          thread,
          redis,
          name: `${own.name}.${thread}`,
          appended: (batch) => events.appended(this, batch),
        }),
    );
    // What the main thread knows of its threads is what they told it last.
    const tellLag = (): void => {
      this.#lagMs = Math.max(0, ...this.#threads.map(({ lagMs }) => lagMs));
      host.after(FIGURES_INTERVAL_MS, tellLag);
    };
    tellLag();
    void this.#scheduler(redis, database, settings, events).start();
  }

  /** A datagram lies in the socket of one of the threads: the kernel gives those of one port to one thread. */
  receive(port: number, view: HeartbeatView, taken: (manager: SimulatedManager) => void): void {
    const thread = this.#threads[port % this.#threads.length];
    this.host.do(() => {
      taken(this);
      thread?.receive(view);
    });
  }

  /** The kernel had no room for some datagrams; the threads tell all managers so. */
  dropDatagrams(): void {
    for (const thread of this.#threads) thread.missed();
  }

  #confirm(isFresh: boolean): boolean {
    if (isFresh && !this.isSure) this.unsureCommits++;
    this.confirmedMs = this.#timeline.nowMs;
    return isFresh;
  }

  #scheduler(
    redis: SimulatedRedis,
    database: SimulatedDatabase,
    settings: ManagerSettings,
    events: ManagerEvents,
  ): FailoverScheduler {
    const source = redis.sourceFor(this.host);
    const directory = database.directoryFor(this.host);
    return new FailoverScheduler({
      source: {
        ...source,
        read: () => {
          this.#lookedAtMs = this.#timeline.nowMs;
          return source.read();
        },
      },
      directory: {
        ...directory,
        requestFailover: (request) => {
          this.groundsMs = this.#lookedAtMs;
          const isFresh = (): boolean => this.#confirm(request.isFresh());
          if (this.pauseInVerdictMs > 0) this.host.pause(this.pauseInVerdictMs);
          this.pauseInVerdictMs = 0;
          return directory.requestFailover({ ...request, isFresh });
        },
      },
      vitals: {
        receiveLagMs: () => this.#lagMs,
        redisLosses: () => this.redisLosses,
      },
      clock: this.host.clock,
      logger: loggerTo(events),
      heartbeatIntervalMs: settings.heartbeatIntervalMs,
      heartbeatTimeoutMs: settings.heartbeatTimeoutMs,
      tickMs: TICK_MS,
      breaker: { threshold: 0, percent: settings.breakerPercent, floor: settings.breakerFloor },
      budget: { absolute: settings.budget, percent: 100 },
      amphoraeMax: 10_000,
      isSilenceSuspect: true,
      figures: {
        expected() {},
        stale() {},
        sure: (isSure) => {
          this.isSure = isSure;
        },
        doubted() {},
        breakerOpen: (scopes) => {
          this.openScopes = scopes;
        },
        inProgress() {},
        unfinished() {},
        given() {},
        waiting() {},
        detectionLag() {},
      },
    });
  }
}

function loggerTo(events: ManagerEvents): Logger {
  const log = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    events.logged(message, fields);
  const logger: Logger = { debug() {}, info: log, warn: log, error: log, child: () => logger };
  return logger;
}
