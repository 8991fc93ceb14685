import {
  controllerWorker,
  database as databaseSection,
  defaults,
  events,
  houseKeeping,
  localCloud,
  telemetry,
} from '#core/config/sections.ts';
import { type Database, openDatabase } from '#core/db/pool.ts';
import { databaseCheck } from '#core/db/readiness.ts';
import { readCommandLine } from '#core/service/command-line.ts';
import { runDaemon } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { localCompute } from '#drivers/local/compute-driver.ts';
import { localNetwork } from '#drivers/local/network-driver.ts';
import { localVolume } from '#drivers/local/volume-driver.ts';
import { noopCompute } from '#drivers/noop/compute.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { noopVolume } from '#drivers/noop/volume.ts';
import { sinksOf, switchEvents } from './events/parts.ts';
import { EventRelay } from './events/relay.ts';
import { openRelayMetrics } from './events/relay-metrics.ts';
import { Periodic, type PeriodicOptions } from './periodic.ts';
import { type Purgeable, purge } from './purge.ts';
import { openTaskMetrics } from './task-metrics.ts';
import { amphoraPurge } from './tasks/amphora-purge.ts';
import { rotateCertificates } from './tasks/certificate-rotation.ts';
import { eventPurge } from './tasks/event-purge.ts';
import { flowPurge } from './tasks/flow-purge.ts';
import { loadBalancerPurge } from './tasks/load-balancer-purge.ts';
import { orphanSweep } from './tasks/orphan-sweep.ts';
import { statisticsPurge } from './tasks/statistics-purge.ts';
import { countUnusedCertificates } from './tasks/unused-certificates.ts';

const EVENT_SWITCH_INTERVAL_SECONDS = 10;
const CERTIFICATE_COUNT_INTERVAL_SECONDS = 86_400;
/** One a task, the relay among them. */
const LOCKS_MAX = 10;

const { config, warnings } = readCommandLine(
  'Octavia housekeeping: purges what is old, renews certificates, finds what belongs to nobody, carries events.',
  {
    controllerWorker,
    defaults,
    database: databaseSection,
    events,
    houseKeeping,
    localCloud,
    telemetry,
  },
);
const logger = openLogger({
  service: 'housekeeping',
  isDebug: config.defaults.isDebug,
  format: config.defaults.logFormat,
});
for (const warning of warnings) logger.warn({}, warning);

const openPool = (applicationName: string, poolSizeMax: number): Database =>
  openDatabase(
    {
      connection: config.database.connection,
      poolSizeMax,
      poolTimeoutMs: config.database.poolTimeoutSeconds * 1000,
      statementTimeoutMs: config.database.statementTimeoutSeconds * 1000,
      applicationName,
    },
    (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
  );
const database = openPool('octavia-housekeeping', config.database.poolSizeMax);
const locks = openPool('octavia-housekeeping-locks', LOCKS_MAX);
const registry = openMetrics('housekeeping');
const metrics = openTaskMetrics(registry);
const telemetryServer = new TelemetryServer(registry, [databaseCheck(database)]);

const periodic = (name: string, intervalSeconds: number, run: PeriodicOptions['run']): Periodic =>
  new Periodic({
    name,
    intervalMs: intervalSeconds * 1000,
    run,
    database,
    locks,
    clock: systemClock,
    random: Math.random,
    logger,
    metrics,
  });
const every = (name: string, intervalSeconds: number, rows: Purgeable): Periodic =>
  periodic(name, intervalSeconds, (signal) => purge(database, rows, logger, signal));
const { computeDriver, networkDriver, volumeDriver } = config.controllerWorker;
// Machines are only listed and removed here: no agent is ever started.
const cloud = { ...config.localCloud, database, logger, clock: systemClock, agentCommand: [] };
const sweep = orphanSweep({
  database,
  compute: computeDriver === 'compute_local_driver' ? localCompute(cloud) : noopCompute(),
  volume: volumeDriver === 'volume_local_driver' ? localVolume(cloud) : noopVolume(),
  network: networkDriver === 'network_local_driver' ? localNetwork(cloud) : noopNetwork(),
  isRemoved: config.houseKeeping.isOrphanRemoved,
  logger,
});
const sinks = sinksOf(config.events, logger);
const relay = new EventRelay({
  database,
  locks,
  sinks,
  clock: systemClock,
  random: Math.random,
  logger,
  metrics: openRelayMetrics(registry),
});
const { cleanupIntervalSeconds, sweepIntervalSeconds, ...ages } = config.houseKeeping;

await runDaemon({
  logger,
  drainTimeoutMs: config.defaults.gracefulShutdownTimeoutSeconds * 1000,
  services: [
    {
      name: 'database',
      start: async () => {},
      async stop() {
        await Promise.all([database.end(), locks.end()]);
      },
    },
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
    periodic('certificate-rotation', ages.certificateIntervalSeconds, (signal) =>
      rotateCertificates(database, {
        expiryBufferSeconds: ages.certificateExpiryBufferSeconds,
        atATimeMax: ages.rotationsMax,
        clock: systemClock,
        signal,
      }),
    ),
    periodic('orphan-sweep', ages.orphanSweepIntervalSeconds, sweep),
    periodic('unused-certificates', CERTIFICATE_COUNT_INTERVAL_SECONDS, () =>
      countUnusedCertificates(database, logger),
    ),
    every('statistics-purge', sweepIntervalSeconds, statisticsPurge),
    periodic('event-switch', EVENT_SWITCH_INTERVAL_SECONDS, () =>
      switchEvents(database, sinks.length > 0),
    ),
    ...(sinks.length > 0 ? [relay] : []),
    every('event-purge', sweepIntervalSeconds, eventPurge(config.events.expiryAgeSeconds)),
    every('flow-purge', sweepIntervalSeconds, flowPurge(ages.flowExpiryAgeSeconds)),
  ],
});
