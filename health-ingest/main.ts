import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  controllerWorker,
  database as databaseSection,
  defaults,
  healthManager,
  redis as redisSection,
  telemetry,
} from '#core/config/sections.ts';
import { isDatabaseAway, openDatabase } from '#core/db/pool.ts';
import { databaseCheck } from '#core/db/readiness.ts';
import { wordsOf } from '#core/heartbeat/uuid-words.ts';
import type { StatisticsDriver } from '#core/ports/statistics.ts';
import { readCommandLine } from '#core/service/command-line.ts';
import { runDaemon, type Service } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { databaseStatistics, sweepApplied } from '#drivers/statistics-db/statistics-driver.ts';
import { loggerStatistics } from '#drivers/statistics-logger/statistics-driver.ts';
import { prometheusStatistics } from '#drivers/statistics-prometheus/statistics-driver.ts';
import { heartbeatKeys, KEY_PREFIX } from './exchange/heartbeat-keys.ts';
import { RedisClock } from './exchange/redis-clock.ts';
import { connectRedis } from './exchange/redis-connection.ts';
import type { StreamEntry } from './exchange/redis-stream.ts';
import { problemWith } from './exchange/redis-target.ts';
import { StreamConsumer, type StreamConsumerOptions } from './exchange/stream-consumer.ts';
import { openIngestMetrics } from './metrics.ts';
import { IngestThreads } from './receiving/ingest-threads.ts';
import { kernelDrops, receiveQueueBytes } from './receiving/kernel-drops.ts';
import { postgresDirectory } from './scheduling/amphora-directory.ts';
import { FailoverScheduler } from './scheduling/failover-scheduler.ts';
import { openSchedulerMetrics } from './scheduling/scheduler-metrics.ts';
import { trustedLagMs } from './scheduling/self-examination.ts';
import { RedisSightingSource } from './scheduling/sighting-source.ts';
import { prepareSchema } from './schema.ts';
import { Seldom } from './seldom.ts';
import { ChangedLoadBalancers, sweepChanges } from './writing/changed-load-balancers.ts';
import { SideStatistics } from './writing/side-statistics.ts';
import { StatWriter } from './writing/stat-writer.ts';
import { writeStatuses } from './writing/status-writer.ts';
import { ZombieMachines } from './writing/zombie-machines.ts';

const { config, warnings } = readCommandLine(
  'Octavia health manager: receives heartbeats, keeps statuses and statistics, fails over dead amphorae.',
  {
    defaults,
    database: databaseSection,
    redis: redisSection,
    healthManager,
    controllerWorker,
    telemetry,
  },
);
const settings = config.healthManager;
const logger = openLogger({
  service: 'health-ingest',
  isDebug: config.defaults.isDebug,
  format: config.defaults.logFormat,
});
for (const warning of warnings) logger.warn({}, warning);
if (settings.heartbeatKey === '') {
  process.stderr.write(
    '[health_manager] heartbeat_key is not set; it must be the key that amphorae sign their heartbeats with\n',
  );
  process.exit(1);
}

const redisProblem = problemWith(config.redis);
if (redisProblem !== null) {
  process.stderr.write(`${redisProblem}\n`);
  process.exit(1);
}

const SCHEDULER_TICK_MS_MAX = 250;
/** It looks and acts at the same time. */
const SCHEDULER_CONNECTIONS = 2;
/** Amphorae on the scheduler's board, expected and others together. */
const SCHEDULED_MAX = 2_000_000;
/** Statuses told without being news: as a safety net, each a minute at most, and at first sight or when asked for. PostgreSQL has to bear it. */
const REFRESH_AFTER_MS = 60_000;
const REFRESHES_PER_SECOND = 500;
const REPORTS_PER_SECOND = 5000;
const CONSUMER_COMMAND_TIMEOUT_MS = 5000;
const REDIS_READY_WAIT_MS = 1000;
const CHANGES_INTERVAL_MS = 1000;
/** What a writer takes at once; unpacked it is some ten times as much. */
const STATUSES_BYTES_MAX = 4 * 2 ** 20;
const STATISTICS_BYTES_MAX = 8 * 2 ** 20;
/** The longer, the fewer statements a heartbeat costs; statuses and statistics are that much later. */
const STATUSES_REST_MS = 250;
const STATISTICS_REST_MS = 1000;
const SIDE_STATISTICS_TIMEOUT_MS = 10_000;
const SIDE_REPORTS_MAX = 200_000;
const LISTENER_GONE_AFTER_MS = 3_600_000;
const ZOMBIES_INTERVAL_MS = 5000;
const ZOMBIE_BACK_OFF_MS = 600_000;
const SWEEP_INTERVAL_MS = 60_000;
const INTRUDER_LOG_INTERVAL_MS = 60_000;
const INTRUDERS_LOGGED_MAX = 1000;

const heartbeatTimeoutMs = settings.heartbeatTimeoutSeconds * 1000;
const keys = heartbeatKeys(KEY_PREFIX);
const registry = openMetrics('health-ingest');
const dropped = (): number => kernelDrops(threads.port);
const metrics = openIngestMetrics(registry, {
  kernelDrops: dropped,
  receiveQueueBytes: () => receiveQueueBytes(threads.port),
});

const openPool = (poolSizeMax: number) =>
  openDatabase(
    {
      connection: config.database.connection,
      poolSizeMax,
      poolTimeoutMs: config.database.poolTimeoutSeconds * 1000,
      statementTimeoutMs: config.database.statementTimeoutSeconds * 1000,
      applicationName: 'octavia-health-ingest',
    },
    (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
  );
const database = openPool(config.database.poolSizeMax);
/** Its own, so that writers that wait for locks do not make it doubt what it sees. */
const schedulerDatabase = openPool(SCHEDULER_CONNECTIONS);
const redisNoise = new Seldom(10_000, 100);
const connect = (name: string, commandTimeoutMs: number) =>
  connectRedis(
    { target: config.redis, commandTimeoutMs, name: `octavia-health-ingest-${name}` },
    {
      lost(error) {
        metrics.redisLost();
        if (redisNoise.isTime(error.message, systemClock.monotonicMs()))
          logger.warn({ error, connection: name }, 'no connection to Redis, trying again');
      },
    },
  );
const redis = connect('scheduler', trustedLagMs(heartbeatTimeoutMs));
const redisClock = new RedisClock(systemClock);

const threads = new IngestThreads({
  count: settings.ingestThreads,
  thread: {
    host: settings.bindIp,
    port: settings.bindPort,
    receiveBufferBytes: settings.receiveBufferBytes,
    keys: [settings.heartbeatKey, ...settings.heartbeatKeysPrevious],
    redis: config.redis,
    redisTimeoutMs: trustedLagMs(heartbeatTimeoutMs),
    keyPrefix: KEY_PREFIX,
    refreshAfterMs: REFRESH_AFTER_MS,
    refreshesPerSecond: REFRESHES_PER_SECOND / settings.ingestThreads,
    reportsPerSecond: REPORTS_PER_SECOND / settings.ingestThreads,
    forgetAfterMs: heartbeatTimeoutMs * 10,
    restartAfterMs: settings.heartbeatIntervalSeconds * 500,
  },
  logger,
  clock: systemClock,
  figures(thread, figures) {
    metrics.thread(thread, figures);
    const { lastFailure, lagMs, waiting } = figures;
    if (lastFailure !== null && lagMs > trustedLagMs(heartbeatTimeoutMs))
      if (redisNoise.isTime(`thread ${thread}`, systemClock.monotonicMs()))
        logger.warn(
          { thread, waiting, lag_ms: Math.round(lagMs), failure: lastFailure },
          'heartbeats wait for Redis',
        );
  },
  died(error) {
    // A supervisor starts a clean one; with fewer ears than there should be the living would look silent.
    logger.error({ error }, 'a thread that receives heartbeats has died, ending');
    process.exit(1);
  },
});

const consumer = (
  name: string,
  key: string,
  own: Pick<StreamConsumerOptions, 'bytesMax' | 'restMsMin' | 'handle'> & {
    unwritten(entries: readonly StreamEntry[]): void;
  },
): Service => {
  const connection = connect(name, CONSUMER_COMMAND_TIMEOUT_MS);
  const stream = new StreamConsumer({
    ...own,
    name,
    redis: connection,
    key,
    consumer: `${config.defaults.host || hostname()}:${settings.bindPort || process.pid}`,
    logger,
    restRatio: 1,
    isAway: isDatabaseAway,
    gaveUp(entries) {
      metrics.gaveUp(name, entries.length);
      own.unwritten(entries);
    },
    lost(entries) {
      metrics.gaveUp(name, entries);
      own.unwritten([]);
    },
  });
  return {
    name,
    start: () => stream.start(),
    async stop() {
      await stream.stop();
      connection.disconnect();
    },
  };
};

/** Whose statuses the database may hold wrongly. */
const ask = (amphoraIds: readonly string[]): void => {
  const ids = new Uint32Array(amphoraIds.length * 4);
  for (const [index, id] of amphoraIds.entries()) wordsOf(id, ids, index * 4);
  threads.ask(ids);
};
const changedLoadBalancers = new ChangedLoadBalancers({
  database,
  clock: systemClock,
  logger,
  intervalMs: CHANGES_INTERVAL_MS,
  ask,
});

const zombies = new ZombieMachines({
  database,
  clock: systemClock,
  logger,
  intervalMs: ZOMBIES_INTERVAL_MS,
  graceMs: heartbeatTimeoutMs,
  backOffMs: ZOMBIE_BACK_OFF_MS,
  ask,
  removed: () => metrics.zombieRemoved(),
});

const intruders = new Seldom(INTRUDER_LOG_INTERVAL_MS, INTRUDERS_LOGGED_MAX);
const statusWriter = consumer('status writer', keys.statuses, {
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
        if (intruders.isTime(amphoraId, systemClock.monotonicMs()))
          logger.warn(
            { amphora_id: amphoraId, outcome },
            'a heartbeat of an amphora that should not be there',
          );
      },
    }),
  // Which amphorae they were of is not known.
  unwritten: () => threads.ask('all'),
});

const { statisticsDrivers, statisticsListenersMax } = config.controllerWorker;
const sideDrivers: Readonly<Record<string, () => StatisticsDriver>> = {
  stats_logger: () => loggerStatistics(logger),
  stats_prometheus: () =>
    prometheusStatistics({
      registry,
      clock: systemClock,
      listenersMax: statisticsListenersMax,
      goneAfterMs: LISTENER_GONE_AFTER_MS,
    }),
};
const sideStatistics = statisticsDrivers.flatMap((name) => {
  const open = sideDrivers[name];
  if (!open) return [];
  return new SideStatistics({
    driver: open(),
    logger,
    timeoutMs: SIDE_STATISTICS_TIMEOUT_MS,
    reportsMax: SIDE_REPORTS_MAX,
    lost: (driver, reports) => metrics.statisticsLost(driver, reports),
  });
});
const statWriter = new StatWriter({
  exact: statisticsDrivers.includes('stats_db')
    ? databaseStatistics({ database, ...metrics.statistics })
    : null,
  others: sideStatistics,
  logger,
});
const statistics = consumer('statistics writer', keys.statistics, {
  bytesMax: STATISTICS_BYTES_MAX,
  restMsMin: STATISTICS_REST_MS,
  handle: (entries) => statWriter.write(entries),
  unwritten: () => undefined,
});

let redisLosses = 0;
redis.on('close', () => redisLosses++);
const scheduler = new FailoverScheduler({
  source: new RedisSightingSource({ redis, redisClock, keys, clock: systemClock, logger }),
  directory: postgresDirectory(schedulerDatabase),
  vitals: {
    receiveLagMs: () => threads.lagMs,
    redisLosses: () => redisLosses,
  },
  clock: systemClock,
  logger,
  heartbeatIntervalMs: settings.heartbeatIntervalSeconds * 1000,
  heartbeatTimeoutMs,
  tickMs: Math.min(
    SCHEDULER_TICK_MS_MAX,
    heartbeatTimeoutMs / 8,
    settings.healthCheckIntervalSeconds * 1000,
  ),
  breaker: {
    threshold: settings.failoverThreshold,
    percent: settings.failoverThresholdPercent,
    floor: settings.failoverThresholdFloor,
  },
  budget: { absolute: settings.failoverBudget, percent: settings.failoverBudgetPercent },
  amphoraeMax: SCHEDULED_MAX,
  isSilenceSuspect: settings.isSilenceSuspect,
  figures: openSchedulerMetrics(registry),
});

const telemetryServer = new TelemetryServer(registry, [
  databaseCheck(database),
  {
    name: 'redis',
    async check() {
      if (redis.status !== 'ready') return `no connection (${redis.status})`;
      await redis.ping();
      return null;
    },
  },
]);

let sweep: NodeJS.Timeout | undefined;
const ending = new AbortController();

await runDaemon({
  logger,
  drainTimeoutMs: config.defaults.gracefulShutdownTimeoutSeconds * 1000,
  services: [
    {
      name: 'telemetry',
      start: () =>
        telemetryServer.start(config.telemetry.bindHost, config.telemetry.healthIngestPort),
      stop: () => telemetryServer.stop(),
    },
    { name: 'database', start: prepareDatabase, stop: endDatabase },
    {
      name: 'redis',
      start: prepareRedis,
      async stop() {
        redis.disconnect();
      },
    },
    ...sideStatistics,
    statistics,
    statusWriter,
    changedLoadBalancers,
    zombies,
    threads,
    scheduler,
  ],
});

async function prepareDatabase(): Promise<void> {
  await prepareSchema(database, {
    logger,
    retryDelayMs: config.database.retryIntervalSeconds * 1000,
    signal: ending.signal,
  });
  sweep = setInterval(() => {
    Promise.all([sweepApplied(database), sweepChanges(database)]).catch((error: unknown) =>
      logger.warn({ error }, 'could not sweep what every health manager has read'),
    );
  }, SWEEP_INTERVAL_MS);
}

async function endDatabase(): Promise<void> {
  ending.abort();
  clearInterval(sweep);
  await schedulerDatabase.end();
  await database.end();
}

/** Gives the connection a moment, so that a start in good order logs no trouble; without Redis we wait for it as we run. */
async function prepareRedis(): Promise<void> {
  if (redis.status === 'ready') return;
  await Promise.race([
    new Promise<void>((resolve) => redis.once('ready', () => resolve())),
    delay(REDIS_READY_WAIT_MS),
  ]);
}
