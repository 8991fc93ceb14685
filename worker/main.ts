import { join } from 'node:path';
import { Counter, Gauge } from 'prom-client';
import { type Database, openDatabase } from '#core/db/pool.ts';
import { databaseCheck } from '#core/db/readiness.ts';
import { IMAGE_PATHS } from '#core/haproxy/context.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import { ENGINE_APPLICATION, FAILOVER_QUEUE, FLOW_QUEUE } from '#core/queue/enqueue.ts';
import { orEnd, readCommandLine } from '#core/service/command-line.ts';
import { runDaemon } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { amphoraRestDriver } from '#drivers/amphora-rest/driver.ts';
import { dbCertificateManager } from '#drivers/certificates-db/certificate-manager.ts';
import { localAmphoraPaths } from '#drivers/local/amphora-paths.ts';
import { localCertificateGenerator } from '#drivers/local/certificate-generator.ts';
import { localCompute } from '#drivers/local/compute-driver.ts';
import { localImage } from '#drivers/local/image-driver.ts';
import { unmetWishes } from '#drivers/local/machine-limits.ts';
import { localNetwork } from '#drivers/local/network-driver.ts';
import { assertDisksPossible } from '#drivers/local/volume-disk.ts';
import { localVolume } from '#drivers/local/volume-driver.ts';
import { noopAmphora } from '#drivers/noop/amphora.ts';
import { noopCertificateGenerator, noopCertificateManager } from '#drivers/noop/certificates.ts';
import { noopCompute } from '#drivers/noop/compute.ts';
import { noopImage } from '#drivers/noop/image.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { noopVolume } from '#drivers/noop/volume.ts';
import { amphoraRefresher } from './amphora-refresher.ts';
import { blueprintOf, EMPTY_BLUEPRINT, MACHINE_BOOT_PATHS } from './blueprint.ts';
import { withBuildSlots } from './build-slots.ts';
import { databaseAnswers } from './database-wait.ts';
import { HungCalls } from './engine/hung-calls.ts';
import { flowEngine } from './flow-engine.ts';
import { unmetLogWishes } from './log-wishes.ts';
import { sections } from './sections.ts';
import {
  bootVolumes,
  buildSlotOptions,
  certificateOptions,
  connectPatience,
  machineDefaults,
  pairPatience,
  restOptions,
  secondsToMs,
  standbyPatience,
} from './settings.ts';
import { stuckSweeper } from './stuck-sweeper.ts';
import type { World } from './world.ts';

const SWEEP_INTERVAL_MS = 5000;
const AGENT = join(import.meta.dirname, '../amphora-agent/start');

const { config, warnings } = readCommandLine(
  'Octavia controller worker: runs the flows that the API and the health manager enqueue.',
  sections,
);
const { controllerWorker, haproxyAmphora, localCloud, nova } = config;
const clock = systemClock;
const logger = openLogger({
  service: 'worker',
  isDebug: config.defaults.isDebug,
  format: config.defaults.logFormat,
});
for (const warning of warnings) logger.warn({}, warning);

const openOwnDatabase = (applicationName: string): Database =>
  openDatabase(
    {
      connection: config.database.connection,
      poolSizeMax: config.database.poolSizeMax,
      poolTimeoutMs: secondsToMs(config.database.poolTimeoutSeconds),
      statementTimeoutMs: secondsToMs(config.database.statementTimeoutSeconds),
      applicationName,
    },
    (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
  );
const database = openOwnDatabase('octavia-worker');
// A machine being made holds a connection all the while: no flow shall wait for one because of that.
const cloudDatabase = openOwnDatabase('octavia-worker cloud');

const cloud = {
  ...localCloud,
  database: cloudDatabase,
  logger,
  clock,
  agentCommand: [AGENT, process.execPath],
};
const isLocal = controllerWorker.computeDriver === 'compute_local_driver';
const wishes = [
  ...unmetLogWishes(config.amphoraAgent, !isLocal),
  ...(isLocal ? orEnd(() => unmetWishes(localCloud.namePrefix, machineDefaults(config))) : []),
];
for (const wish of wishes) logger.warn({}, wish);
const drain = new AbortController();
if (controllerWorker.volumeDriver === 'volume_local_driver') orEnd(assertDisksPossible);

const network =
  controllerWorker.networkDriver === 'network_local_driver' ? localNetwork(cloud) : noopNetwork();

function amphoraDriver(): AmphoraDriver {
  if (controllerWorker.amphoraDriver === 'amphora_noop_driver') return noopAmphora();
  return amphoraRestDriver({
    ...restOptions(config),
    pathsOf: (amphoraId) => (isLocal ? localAmphoraPaths(cloud, amphoraId) : IMAGE_PATHS),
    certificates:
      config.certificates.certManager === 'local_cert_manager'
        ? orEnd(() =>
            dbCertificateManager({
              database,
              keyPassphrases: config.certificates.keyPassphrases,
            }),
          )
        : noopCertificateManager(),
    network,
    clock,
    logger,
    signal: drain.signal,
  });
}

const compute = isLocal ? localCompute(cloud) : noopCompute();
const buildSlots = { ...buildSlotOptions(config), database, clock };
const world: World = {
  database,
  compute: haproxyAmphora.buildsMax < 1 ? compute : withBuildSlots(compute, buildSlots),
  image: isLocal ? localImage(cloud) : noopImage(),
  volume:
    controllerWorker.volumeDriver === 'volume_local_driver' ? localVolume(cloud) : noopVolume(),
  bootVolumes: bootVolumes(config),
  network,
  amphora: amphoraDriver(),
  // The machines of the noop driver read no files, so a cloud without machines needs no CA.
  certificates: isLocal
    ? localCertificateGenerator({ ...certificateOptions(config), clock })
    : noopCertificateGenerator(clock),
  blueprint: isLocal
    ? blueprintOf(config, (amphoraId) => ({
        ...MACHINE_BOOT_PATHS,
        ...localAmphoraPaths(cloud, amphoraId),
      }))
    : EMPTY_BLUEPRINT,
  machineDefaults: machineDefaults(config),
  antiAffinity: nova.isAntiAffinityEnabled ? nova.antiAffinityPolicy : null,
  patience: {
    boot: {
      attemptsMax: controllerWorker.activeRetriesMax,
      intervalMs: secondsToMs(controllerWorker.activeWaitSeconds),
    },
    connect: connectPatience(config),
    standby: standbyPatience(config),
    pair: pairPatience(config),
  },
  hungCalls: new HungCalls({ clock }),
  clock,
  logger,
};

const { flowsTotalMax } = controllerWorker;
const registry = openMetrics('worker');
const drainTimeoutMs = secondsToMs(config.defaults.gracefulShutdownTimeoutSeconds);
const engine = flowEngine(world, {
  databaseUrl: config.database.connection,
  application: ENGINE_APPLICATION,
  queues: [
    {
      name: FLOW_QUEUE,
      concurrency: controllerWorker.flowConcurrencyMax,
      ...(flowsTotalMax > 0 ? { totalMax: flowsTotalMax } : {}),
    },
    { name: FAILOVER_QUEUE, concurrency: controllerWorker.failoverConcurrencyMax },
  ],
  // What remains of the time is for the other parts to stop in.
  drainMs: Math.round(drainTimeoutMs * 0.8),
  deadlineMs: secondsToMs(controllerWorker.flowDeadlineSeconds),
  registry,
});
const stuck = new Counter({
  name: 'octavia_worker_stuck_load_balancers_total',
  help: 'Load balancers found pending without a flow, and put into ERROR',
  registers: [registry],
});
const outdated = new Gauge({
  name: 'octavia_worker_outdated_amphorae',
  help: 'Amphorae of pairs that missed a change, and are brought up to date when they answer',
  registers: [registry],
});
const telemetry = new TelemetryServer(registry, [
  databaseCheck(database),
  { name: 'engine', check: () => engine.problem },
  { name: 'hung-calls', check: () => world.hungCalls.problem },
]);

await runDaemon({
  logger,
  drainTimeoutMs,
  services: [
    { name: 'database', start: async () => {}, stop: () => database.end() },
    { name: 'cloud database', start: async () => {}, stop: () => cloudDatabase.end() },
    {
      name: 'telemetry',
      start: () => telemetry.start(config.telemetry.bindHost, config.telemetry.workerPort),
      stop: () => telemetry.stop(),
    },
    {
      name: 'database-wait',
      start: () =>
        databaseAnswers(database, {
          intervalMs: secondsToMs(config.database.retryIntervalSeconds),
          clock,
          logger,
          signal: drain.signal,
        }),
      // After the engine has drained: ends what still waits for an amphora.
      stop: async () => drain.abort(),
    },
    engine,
    stuckSweeper({
      database,
      clock,
      intervalMs: SWEEP_INTERVAL_MS,
      logger,
      found: (count) => stuck.inc(count),
    }),
    amphoraRefresher({
      world,
      intervalMs: SWEEP_INTERVAL_MS,
      counted: (count) => outdated.set(count),
    }),
  ],
});
