import { dirname } from 'node:path';
import {
  apiSettings,
  certificates,
  controllerWorker,
  cors,
  database as databaseSection,
  defaults,
  haproxyAmphora,
  healthcheck,
  keystoneAuthtoken,
  localCloud,
  networking,
  osloMiddleware,
  osloPolicy,
  quotas,
  telemetry,
} from '#core/config/sections.ts';
import { openDatabase } from '#core/db/pool.ts';
import { databaseCheck } from '#core/db/readiness.ts';
import type { ProviderDriver } from '#core/ports/provider.ts';
import { orEnd, readCommandLine } from '#core/service/command-line.ts';
import { runDaemon } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { TelemetryServer } from '#core/telemetry/telemetry-server.ts';
import { amphoraProvider } from '#drivers/amphora-provider/provider.ts';
import { dbCertificateManager } from '#drivers/certificates-db/certificate-manager.ts';
import { keystoneIdentity } from '#drivers/keystone/identity-service.ts';
import { localNetwork } from '#drivers/local/network-driver.ts';
import { noopCertificateManager } from '#drivers/noop/certificates.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { noopProvider } from '#drivers/noop/provider.ts';
import { keystoneAuth } from './auth/keystone.ts';
import { keystoneOptions } from './auth/keystone-options.ts';
import { noAuth } from './auth/none.ts';
import type { ApiContext } from './context.ts';
import { httpService } from './http-service.ts';
import { countTokens, measure } from './metrics.ts';
import { openPolicy } from './policy/policy.ts';
import { readPolicyFiles } from './policy/policy-files.ts';
import { reloadablePolicy } from './policy/reloadable.ts';
import { loadProviders } from './provider-packages.ts';
import { buildServer } from './server.ts';
import { vipSweeper } from './vip-sweeper.ts';

const STATEMENT_TIMEOUT_MS = 10_000;
const PROVIDER_CALL_TIMEOUT_MS = 30_000;
const PROVIDER_LOAD_TIMEOUT_MS = 10_000;
const VIP_SWEEP_INTERVAL_MS = 60_000;

const { config, configFile, warnings } = readCommandLine(
  'Octavia API controller: validates requests, stores what they ask for and hands it to provider drivers.',
  {
    defaults,
    database: databaseSection,
    apiSettings,
    controllerWorker,
    cors,
    haproxyAmphora,
    healthcheck,
    certificates,
    networking,
    quotas,
    osloMiddleware,
    osloPolicy,
    keystoneAuthtoken,
    localCloud,
    telemetry,
  },
);
const logger = openLogger({
  service: 'api',
  isDebug: config.defaults.isDebug,
  format: config.defaults.logFormat,
});
for (const warning of warnings) logger.warn({}, warning);

const database = openDatabase(
  {
    connection: config.database.connection,
    poolSizeMax: config.database.poolSizeMax,
    poolTimeoutMs: config.database.poolTimeoutSeconds * 1000,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    applicationName: 'octavia-api',
  },
  (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
);
const clock = systemClock;
const network =
  config.controllerWorker.networkDriver === 'network_local_driver'
    ? // Agents are the worker's to start; the API only asks for addresses.
      localNetwork({ ...config.localCloud, database, logger, clock, agentCommand: [] })
    : noopNetwork();

/** The providers we bring; `octavia` and `amphorav2` are other names of `amphora` and stay as the user chose them. */
const ours: Readonly<Record<string, ProviderDriver>> = {
  amphora: amphoraProvider({ name: 'amphora', network }),
  octavia: amphoraProvider({ name: 'octavia', network }),
  amphorav2: amphoraProvider({ name: 'amphorav2', network }),
  noop_driver: noopProvider('noop_driver'),
  'noop_driver-alt': noopProvider('noop_driver-alt'),
};
const drivers = await loadProviders(config.apiSettings, ours, {
  logger,
  loadTimeoutMs: PROVIDER_LOAD_TIMEOUT_MS,
});

const registry = openMetrics('api');
const readPolicy = () =>
  openPolicy(config.osloPolicy, readPolicyFiles(config.osloPolicy, dirname(configFile)));
const policy = orEnd(() => reloadablePolicy(readPolicy, logger));
process.on('SIGHUP', () => policy.reload());
const identity =
  config.apiSettings.authStrategy === 'keystone'
    ? orEnd(() => keystoneIdentity({ ...keystoneOptions(config.keystoneAuthtoken), clock }))
    : null;
const auth =
  identity === null
    ? noAuth(config.apiSettings.noAuthProjectId)
    : keystoneAuth({
        ...config.keystoneAuthtoken,
        identity,
        authUri:
          config.keystoneAuthtoken.wwwAuthenticateUri ?? config.keystoneAuthtoken.authUrl ?? '',
        clock,
        logger,
        count: countTokens(registry),
      });
const context: ApiContext = {
  config,
  database,
  providers: {
    enabled: config.apiSettings.enabledProviderDrivers,
    drivers,
    callTimeoutMs: PROVIDER_CALL_TIMEOUT_MS,
  },
  network,
  certificates:
    config.certificates.certManager === 'local_cert_manager'
      ? orEnd(() =>
          dbCertificateManager({
            database,
            keyPassphrases: config.certificates.keyPassphrases,
          }),
        )
      : noopCertificateManager(),
  auth,
  policy,
  clock,
  logger,
};
const app = buildServer(context);
measure(app, registry);
const telemetryServer = new TelemetryServer(registry, [databaseCheck(database)]);

await runDaemon({
  logger,
  drainTimeoutMs: config.defaults.gracefulShutdownTimeoutSeconds * 1000,
  services: [
    { name: 'database', start: async () => {}, stop: () => database.end() },
    { name: 'keystone', start: async () => {}, stop: async () => identity?.close() },
    {
      name: 'telemetry',
      start: () => telemetryServer.start(config.telemetry.bindHost, config.telemetry.apiPort),
      stop: () => telemetryServer.stop(),
    },
    vipSweeper(context, VIP_SWEEP_INTERVAL_MS),
    httpService(app, config.apiSettings.bindHost, config.apiSettings.bindPort),
  ],
});
