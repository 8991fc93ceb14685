import {
  database as databaseSection,
  defaults,
  houseKeeping,
  telemetry,
} from '#core/config/sections.ts';
import { openDatabase } from '#core/db/pool.ts';
import { databaseCheck } from '#core/db/readiness.ts';
import { readCommandLine } from '#core/service/command-line.ts';
import { runDaemon } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { Periodic } from './periodic.ts';
import { type Purgeable, purge } from './purge.ts';
import { openTaskMetrics } from './task-metrics.ts';
import { amphoraPurge } from './tasks/amphora-purge.ts';
import { flowPurge } from './tasks/flow-purge.ts';
import { loadBalancerPurge } from './tasks/load-balancer-purge.ts';
import { statisticsPurge } from './tasks/statistics-purge.ts';

const { config, warnings } = readCommandLine(
  'Octavia housekeeping: purges what was deleted or has ended long ago.',
  { defaults, database: databaseSection, houseKeeping, telemetry },
);
const logger = openLogger({
  service: 'housekeeping',
  isDebug: config.defaults.isDebug,
  format: config.defaults.logFormat,
});
for (const warning of warnings) logger.warn({}, warning);

const database = openDatabase(
  {
    connection: config.database.connection,
    poolSizeMax: config.database.poolSizeMax,
    poolTimeoutMs: config.database.poolTimeoutSeconds * 1000,
    statementTimeoutMs: config.database.statementTimeoutSeconds * 1000,
    applicationName: 'octavia-housekeeping',
  },
  (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
);
const registry = openMetrics('housekeeping');
const metrics = openTaskMetrics(registry);
const telemetryServer = new TelemetryServer(registry, [databaseCheck(database)]);

const every = (name: string, intervalSeconds: number, rows: Purgeable): Periodic =>
  new Periodic({
    name,
    intervalMs: intervalSeconds * 1000,
    run: (signal) => purge(database, rows, logger, signal),
    database,
    clock: systemClock,
    random: Math.random,
    logger,
    metrics,
  });
const { cleanupIntervalSeconds, sweepIntervalSeconds, ...ages } = config.houseKeeping;

await runDaemon({
  logger,
  drainTimeoutMs: config.defaults.gracefulShutdownTimeoutSeconds * 1000,
  services: [
    { name: 'database', start: async () => {}, stop: () => database.end() },
    {
      name: 'telemetry',
      start: () =>
        telemetryServer.start(config.telemetry.bindHost, config.telemetry.housekeepingPort),
      stop: () => telemetryServer.stop(),
    },
    every(
      'load-balancer-purge',
      cleanupIntervalSeconds,
      loadBalancerPurge(ages.loadBalancerExpiryAgeSeconds),
    ),
    every('amphora-purge', cleanupIntervalSeconds, amphoraPurge(ages.amphoraExpiryAgeSeconds)),
    every('statistics-purge', sweepIntervalSeconds, statisticsPurge),
    every('flow-purge', sweepIntervalSeconds, flowPurge(ages.flowExpiryAgeSeconds)),
  ],
});
