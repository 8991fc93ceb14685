import { setTimeout as delay } from 'node:timers/promises';
import { databaseCheck } from '#core/db/readiness.ts';
import type { StatisticsDriver } from '#core/ports/statistics.ts';
import { readCommandLine } from '#core/service/command-line.ts';
import { runDaemon, type Service } from '#core/service/daemon.ts';
import { Repeating } from '#core/service/repeating.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { databaseStatistics, sweepApplied } from '#drivers/statistics-db/statistics-driver.ts';
import { loggerStatistics } from '#drivers/statistics-logger/statistics-driver.ts';
import { prometheusStatistics } from '#drivers/statistics-prometheus/statistics-driver.ts';
import { problemWith } from './exchange/redis-target.ts';
import { openGround, SECTIONS } from './ground.ts';
import { openIngestMetrics } from './metrics.ts';
import { openReceiving } from './open-receiving.ts';
import { openScheduling } from './open-scheduling.ts';
import { openWriting, type StatisticsDrivers } from './open-writing.ts';
import { kernelDrops, receiveQueueBytes } from './receiving/kernel-drops.ts';
import { prepareSchema } from './schema.ts';
import { sweepChanges } from './writing/changed-load-balancers.ts';

const REDIS_READY_WAIT_MS = 1000;
const SWEEP_INTERVAL_MS = 60_000;
const LISTENER_GONE_AFTER_MS = 3_600_000;
const NO_KEY =
  '[health_manager] heartbeat_key is not set; it must be the key that amphorae sign their heartbeats with';

const { config, warnings } = readCommandLine(
  'Octavia health manager: receives heartbeats, keeps statuses and statistics, fails over dead amphorae.',
  SECTIONS,
);
const problem = config.healthManager.heartbeatKey === '' ? NO_KEY : problemWith(config.redis);
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
const logger = openLogger({
  service: 'health-ingest',
  isDebug: config.defaults.isDebug,
  format: config.defaults.logFormat,
});
for (const warning of warnings) logger.warn({}, warning);
if (config.healthManager.heartbeatTimeoutSeconds <= config.healthManager.heartbeatIntervalSeconds)
  logger.warn(
    {},
    '[health_manager] heartbeat_timeout must be longer than heartbeat_interval, or the living look dead between two heartbeats',
  );

const registry = openMetrics('health-ingest');
const metrics = openIngestMetrics(registry, {
  kernelDrops: () => kernelDrops(threads.port),
  receiveQueueBytes: () => receiveQueueBytes(threads.port),
});
const ground = openGround(config, logger, registry, () => metrics.redisLost());
const { database, redis } = ground;
const threads = openReceiving(ground, metrics);
const writing = openWriting(ground, metrics, threads, openStatisticsDrivers());
const scheduler = openScheduling(ground, threads);
const sweepers = [sweepApplied, sweepChanges].map(
  (sweep) =>
    new Repeating({
      name: sweep.name,
      async round() {
        await sweep(database);
      },
      intervalMs: SWEEP_INTERVAL_MS,
      complaint: `could not sweep what every health manager has read (${sweep.name})`,
      clock: ground.clock,
      logger,
    }),
);

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
  {
    name: 'heartbeats',
    check: () => (threads.isListening ? null : 'not listening yet'),
  },
]);
const { bindHost, healthIngestPort } = config.telemetry;
const telemetryService: Service = {
  name: 'telemetry',
  start: () => telemetryServer.start(bindHost, healthIngestPort),
  stop: () => telemetryServer.stop(),
};

await runDaemon({
  logger,
  drainTimeoutMs: config.defaults.gracefulShutdownTimeoutSeconds * 1000,
  services: [
    telemetryService,
    databaseService(),
    ...sweepers,
    redisService(),
    ...writing,
    threads,
    scheduler,
  ],
});

function openStatisticsDrivers(): StatisticsDrivers {
  const { statisticsDrivers, statisticsListenersMax: listenersMax } = config.controllerWorker;
  const beside: Readonly<Record<string, () => StatisticsDriver>> = {
    stats_logger: () => loggerStatistics(logger),
    stats_prometheus: () =>
      prometheusStatistics({
        registry,
        clock: ground.clock,
        listenersMax,
        goneAfterMs: LISTENER_GONE_AFTER_MS,
      }),
  };
  return {
    exact: statisticsDrivers.includes('stats_db')
      ? databaseStatistics({ database, ...metrics.statistics })
      : null,
    others: statisticsDrivers.flatMap((name) => beside[name]?.() ?? []),
  };
}

/** Our own tables, before anything else needs them. */
function databaseService(): Service {
  const ending = new AbortController();
  return {
    name: 'database',
    async start() {
      await prepareSchema(database, {
        logger,
        retryDelayMs: config.database.retryIntervalSeconds * 1000,
        signal: ending.signal,
      });
    },
    async stop() {
      ending.abort();
      await database.end();
    },
  };
}

/** Gives the connection a moment, so that a start in good order logs no trouble; without Redis we wait for it as we run. */
function redisService(): Service {
  return {
    name: 'redis',
    async start() {
      if (redis.status === 'ready') return;
      const ready = new Promise<void>((resolve) => redis.once('ready', () => resolve()));
      await Promise.race([ready, delay(REDIS_READY_WAIT_MS)]);
    },
    async stop() {
      redis.disconnect();
    },
  };
}
