import {
  certificates as certificatesSection,
  controllerWorker,
  database as databaseSection,
  defaults,
  driverAgent,
  localCloud,
  telemetry,
} from '#core/config/sections.ts';
import { openDatabase } from '#core/db/pool.ts';
import { databaseCheck } from '#core/db/readiness.ts';
import { orEnd, readCommandLine } from '#core/service/command-line.ts';
import { runDaemon } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { dbCertificateManager } from '#drivers/certificates-db/certificate-manager.ts';
import { localNetwork } from '#drivers/local/network-driver.ts';
import { noopCertificateManager } from '#drivers/noop/certificates.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { getHandler, statsHandler, statusHandler } from './handlers.ts';
import { openAgentMetrics, openSocketMetrics } from './metrics.ts';
import { ProviderAgent } from './provider-agent.ts';
import { secretReader } from './secrets.ts';
import { AgentSocket } from './socket.ts';

const { config, warnings } = readCommandLine(
  'Octavia driver agent: sockets on which provider drivers report statuses and statistics and read objects.',
  {
    defaults,
    database: databaseSection,
    driverAgent,
    certificates: certificatesSection,
    controllerWorker,
    localCloud,
    telemetry,
  },
);
const logger = openLogger({
  service: 'driver-agent',
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
    applicationName: 'octavia-driver-agent',
  },
  (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
);
const network =
  config.controllerWorker.networkDriver === 'network_local_driver'
    ? localNetwork({
        ...config.localCloud,
        database,
        logger,
        clock: systemClock,
        // This process starts no machine.
        agentCommand: [],
      })
    : noopNetwork();
const certificates =
  config.certificates.certManager === 'local_cert_manager'
    ? orEnd(() =>
        dbCertificateManager({
          database,
          keyPassphrases: config.certificates.keyPassphrases,
        }),
      )
    : noopCertificateManager();
const secrets = secretReader(certificates, logger);

const registry = openMetrics('driver-agent');
const metrics = openSocketMetrics(registry);
const telemetryServer = new TelemetryServer(registry, [databaseCheck(database)]);
const own = config.driverAgent;
const agentStarted = openAgentMetrics(registry);
const agents = own.enabledAgents.flatMap((name) => {
  const command = Object.hasOwn(own.agentCommands, name) ? own.agentCommands[name] : undefined;
  if (!command) {
    logger.error(
      { provider_agent: name },
      'enabled, but [driver_agent] provider_agent_commands does not say what to run for it',
    );
    return [];
  }
  return new ProviderAgent({
    name,
    command,
    environment: {
      OCTAVIA_STATUS_SOCKET: own.statusSocketPath,
      OCTAVIA_STATS_SOCKET: own.statsSocketPath,
      OCTAVIA_GET_SOCKET: own.getSocketPath,
    },
    shutdownTimeoutMs: own.agentShutdownTimeoutSeconds * 1000,
    clock: systemClock,
    logger,
    started: () => agentStarted(name),
  });
});

await runDaemon({
  logger,
  drainTimeoutMs: config.defaults.gracefulShutdownTimeoutSeconds * 1000,
  services: [
    { name: 'database', start: async () => {}, stop: () => database.end() },
    {
      name: 'telemetry',
      start: () =>
        telemetryServer.start(config.telemetry.bindHost, config.telemetry.driverAgentPort),
      stop: () => telemetryServer.stop(),
    },
    new AgentSocket({
      name: 'status',
      path: own.statusSocketPath,
      requestsMax: own.statusRequestsMax,
      timeoutMs: own.statusRequestTimeoutSeconds * 1000,
      handler: statusHandler({ database, network, logger }),
      logger,
      metrics,
    }),
    new AgentSocket({
      name: 'stats',
      path: own.statsSocketPath,
      requestsMax: own.statsRequestsMax,
      timeoutMs: own.statsRequestTimeoutSeconds * 1000,
      handler: statsHandler({ database, logger }),
      logger,
      metrics,
    }),
    new AgentSocket({
      name: 'get',
      path: own.getSocketPath,
      requestsMax: own.getRequestsMax,
      timeoutMs: own.getRequestTimeoutSeconds * 1000,
      handler: getHandler({ database, secrets, isOldOctaviaLib: own.isOldOctaviaLib }),
      logger,
      metrics,
    }),
    ...agents,
  ],
});
