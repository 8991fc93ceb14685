import { isDatabaseAway } from '#core/db/pool.ts';
import { wordsOf } from '#core/heartbeat/uuid-words.ts';
import type { StatisticsDriver } from '#core/ports/statistics.ts';
import type { Service } from '#core/service/daemon.ts';
import type { StreamEntry } from './exchange/redis-stream.ts';
import { StreamConsumer, type StreamConsumerOptions } from './exchange/stream-consumer.ts';
import type { Ground } from './ground.ts';
import type { IngestMetrics } from './metrics.ts';
import type { IngestThreads } from './receiving/ingest-threads.ts';
import { Seldom } from './seldom.ts';
import { ChangedLoadBalancers } from './writing/changed-load-balancers.ts';
import { SideStatistics } from './writing/side-statistics.ts';
import { StatWriter } from './writing/stat-writer.ts';
import { writeStatuses } from './writing/status-writer.ts';
import { ZombieMachines } from './writing/zombie-machines.ts';

const CONSUMER_COMMAND_TIMEOUT_MS = 5000;
/** What a writer takes at once; unpacked it is some ten times as much. */
const STATUSES_BYTES_MAX = 2 ** 20;
const STATISTICS_BYTES_MAX = 2 * 2 ** 20;
/** The longer, the fewer statements a heartbeat costs; statuses and statistics are that much later. */
const STATUSES_REST_MS = 250;
const STATISTICS_REST_MS = 1000;
const SIDE_STATISTICS_TIMEOUT_MS = 10_000;
const SIDE_REPORTS_MAX = 200_000;
const CHANGES_INTERVAL_MS = 1000;
const ZOMBIES_INTERVAL_MS = 5000;
const ZOMBIE_BACK_OFF_MS = 600_000;
const INTRUDER_LOG_INTERVAL_MS = 60_000;
const INTRUDERS_LOGGED_MAX = 1000;

/** Where statistics go: to the exact driver, which decides when a batch is done, and to those beside it. */
export interface StatisticsDrivers {
  readonly exact: StatisticsDriver | null;
  readonly others: readonly StatisticsDriver[];
}

/** What brings statuses and statistics from Redis to the database, in the order to start. */
export function openWriting(
  ground: Ground,
  metrics: IngestMetrics,
  threads: IngestThreads,
  drivers: StatisticsDrivers,
): readonly Service[] {
  const { database, clock, logger, heartbeatTimeoutMs } = ground;
  /** Whose statuses the database may hold wrongly. */
  const ask = (amphoraIds: readonly string[]): void => {
    const ids = new Uint32Array(amphoraIds.length * 4);
    for (const [index, id] of amphoraIds.entries()) wordsOf(id, ids, index * 4);
    threads.ask(ids);
  };
  const intervalMs = CHANGES_INTERVAL_MS;
  const zombies = new ZombieMachines({
    database,
    clock,
    logger,
    intervalMs: ZOMBIES_INTERVAL_MS,
    graceMs: heartbeatTimeoutMs,
    backOffMs: ZOMBIE_BACK_OFF_MS,
    ask,
    removed: () => metrics.zombieRemoved(),
  });
  return [
    ...statisticsWriting(ground, metrics, drivers),
    statusWriting(ground, metrics, threads, ask, zombies),
    new ChangedLoadBalancers({ database, clock, logger, intervalMs, ask }),
    zombies,
  ];
}

function statusWriting(
  ground: Ground,
  metrics: IngestMetrics,
  threads: IngestThreads,
  ask: (amphoraIds: readonly string[]) => void,
  zombies: ZombieMachines,
): Service {
  const { database, redis, keys, logger, clock, redisClock, heartbeatTimeoutMs } = ground;
  const intruders = new Seldom(INTRUDER_LOG_INTERVAL_MS, INTRUDERS_LOGGED_MAX);
  return consumer(ground, metrics, {
    name: 'status writer',
    key: keys.statuses,
    bytesMax: STATUSES_BYTES_MAX,
    restMsMin: STATUSES_REST_MS,
    handle: (entries) =>
      writeStatuses(entries, {
        database,
        redis,
        keys,
        logger,
        ageMsMax: heartbeatTimeoutMs,
        nowMs: () => redisClock.nowMs(),
        ask,
        ...metrics.reports,
        intruder(amphoraId, outcome) {
          if (outcome === 'zombie') zombies.noticed(amphoraId);
          if (intruders.isTime(amphoraId, clock.monotonicMs()))
            logger.warn(
              { amphora_id: amphoraId, outcome },
              'a heartbeat of an amphora that should not be there',
            );
        },
      }),
    // Which amphorae they were of is not known.
    unwritten: () => threads.ask('all'),
  });
}

function statisticsWriting(
  ground: Ground,
  metrics: IngestMetrics,
  drivers: StatisticsDrivers,
): readonly Service[] {
  const { logger, keys } = ground;
  const others = drivers.others.map(
    (driver) =>
      new SideStatistics({
        driver,
        logger,
        timeoutMs: SIDE_STATISTICS_TIMEOUT_MS,
        reportsMax: SIDE_REPORTS_MAX,
        lost: (name, reports) => metrics.statisticsLost(name, reports),
      }),
  );
  const writer = new StatWriter({ exact: drivers.exact, others, logger });
  const statistics = consumer(ground, metrics, {
    name: 'statistics writer',
    key: keys.statistics,
    bytesMax: STATISTICS_BYTES_MAX,
    restMsMin: STATISTICS_REST_MS,
    handle: (entries) => writer.write(entries),
    unwritten: () => undefined,
  });
  return [...others, statistics];
}

type Consumption = Pick<
  StreamConsumerOptions,
  'name' | 'key' | 'bytesMax' | 'restMsMin' | 'handle'
> & {
  /** Entries that nobody will write: these, or some that Redis lost. */
  unwritten(entries: readonly StreamEntry[]): void;
};

/** A consumer with a connection of its own, on which it waits. */
function consumer(ground: Ground, metrics: IngestMetrics, own: Consumption): Service {
  const connection = ground.connect(own.name, CONSUMER_COMMAND_TIMEOUT_MS);
  const stream = new StreamConsumer({
    ...own,
    redis: connection,
    consumer: ground.name,
    logger: ground.logger,
    restRatio: 1,
    isAway: isDatabaseAway,
    gaveUp(entries) {
      metrics.gaveUp(own.name, entries.length);
      own.unwritten(entries);
    },
    lost(entries) {
      metrics.gaveUp(own.name, entries);
      own.unwritten([]);
    },
  });
  return {
    name: own.name,
    start: () => stream.start(),
    async stop() {
      await stream.stop();
      connection.disconnect();
    },
  };
}
