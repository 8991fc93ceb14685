import { readCommandLine } from '#core/service/command-line.ts';
import { runDaemon } from '#core/service/daemon.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { AgentFigures } from './agent-figures.ts';
import { ServingConfigs } from './apply/haproxy-serving.ts';
import { HaproxyNamespace } from './apply/namespace.ts';
import type { PlugHost } from './apply/plug.ts';
import { releaseVips } from './apply/vip-release.ts';
import { WorkQueue } from './apply/work-queue.ts';
import { Boot } from './boot.ts';
import { childServices } from './child-services.ts';
import { agentSections, LiveSettings, problemsOf } from './config.ts';
import { HeartbeatSender } from './heartbeat-sender.ts';
import type { LogForwarding } from './log-forwarding.ts';
import { isAgentReading, logReadersOf } from './log-settings.ts';
import { packageVersions } from './package-versions.ts';
import { agentPaths, vrrpPaths } from './paths.ts';
import { ProxyProcess } from './prometheus-proxy/proxy-process.ts';
import { namespaceUnit, type UnitContext } from './render/haproxy-unit.ts';
import { VRRP_UNIT } from './render/keepalived-unit.ts';
import { agentRoutes } from './routes.ts';
import { AgentServer } from './server.ts';
import { SpareMemory } from './spare-memory.ts';
import { StartedUnits } from './started-units.ts';
import { StatsCounters } from './stats-counters.ts';
import { systemdServices } from './systemd-services.ts';
import { chooseBalancing } from './udp/choice.ts';
import { UnitWatch } from './unit-watch.ts';
import { unitOf } from './units.ts';
import { VrrpWatch } from './vrrp-watch.ts';

const CONFIG_FILE = '/etc/octavia/amphora-agent.conf';
const CHANGES_WAITING_MAX = 64;

/** All that the agent is made of. */
export async function runAgent(): Promise<void> {
  const about = 'amphora agent: serves the agent API, keeps HAProxy running, sends heartbeats';
  const { config, warnings, configFile } = readCommandLine(about, agentSections, CONFIG_FILE);
  const { amphoraAgent, haproxyAmphora, defaults } = config;
  const paths = agentPaths(config);
  const logger = openLogger({
    service: 'amphora-agent',
    isDebug: defaults.isDebug,
    format: defaults.logFormat,
    copy: (line) => forwarding.ownLine(line),
  }).child({ amphora_id: amphoraAgent.amphoraId });
  // Loaded only where it is wanted, as most agents pass nothing on.
  const forwarding: LogForwarding = isAgentReading(amphoraAgent)
    ? (await import('./log-forwarding.ts')).openLogForwarding(amphoraAgent, paths, logger)
    : { services: [], ownLine: () => undefined };
  for (const warning of warnings) logger.debug({}, warning);
  const settings = new LiveSettings(config, configFile);
  const changes = new WorkQueue(CHANGES_WAITING_MAX);
  const namespace = new HaproxyNamespace(amphoraAgent.haproxyNamespace, logger);
  const logReaders = logReadersOf(amphoraAgent);
  const unit: UnitContext = {
    paths,
    haproxyCmd: haproxyAmphora.haproxyCmd,
    namespace: namespace.name,
    amphoraId: amphoraAgent.amphoraId,
    logReaders,
    logFacility: amphoraAgent.administrativeLogFacility,
  };
  const hasSystemd = amphoraAgent.serviceManager === 'systemd';
  const started = new StartedUnits(paths.startedUnits);
  const services = hasSystemd
    ? systemdServices({
        unitDir: paths.serviceUnits,
        namespaceUnit: namespaceUnit(namespace.name),
        logger,
      })
    : childServices(started);
  const host: PlugHost = { namespace, paths, hasPciBus: hasSystemd, logger };
  const counters = new StatsCounters(paths.statsCounters);
  const balancing = await chooseBalancing(amphoraAgent.udpDataPath, {
    unit,
    services,
    namespace,
    logger,
    changed: () => heartbeats.sendSoon(),
  });
  const figures = new AgentFigures();
  const heartbeats: HeartbeatSender = new HeartbeatSender(
    { paths, amphoraId: amphoraAgent.amphoraId, counters, balancing, logger },
    settings,
    systemClock,
    logger,
    figures,
  );
  const spareMemory = new SpareMemory();
  const prometheus = new ProxyProcess({ namespace, paths, logger });
  const versions = packageVersions(haproxyAmphora.haproxyCmd);
  void versions(); // the controller asks as soon as we answer: have it ready
  const server: AgentServer = new AgentServer({
    bindHost: haproxyAmphora.bindHost,
    bindPort: haproxyAmphora.bindPort,
    certificatePath: amphoraAgent.agentServerCert,
    clientCaPath: amphoraAgent.agentServerCa,
    tlsProtocolMin: amphoraAgent.tlsProtocolMin,
    requestTimeoutMs: amphoraAgent.requestReadTimeoutSeconds * 1000,
    routes: agentRoutes({
      unit,
      services,
      balancing,
      namespace,
      settings,
      serving: new ServingConfigs(),
      logger,
      host,
      versions,
      figures,
      certificatePath: amphoraAgent.agentServerCert,
      reloadCertificate: () => server.reloadCertificate(),
      whileReplacing: (loadBalancerId, replace) =>
        heartbeats.whileReplacing(loadBalancerId, replace),
      afterChange: () => {
        heartbeats.sendSoon();
        prometheus.check();
      },
    }),
    changes,
    figures,
    logger,
    afterRequest: () => spareMemory.giveBackSoon(),
  });
  const watch = new UnitWatch({
    started,
    services,
    unitOf: (name) => unitOf(unit, name),
    afterStart: () => {
      figures.count('starts', { outcome: 'started' });
      heartbeats.sendSoon();
    },
    afterFailure: async ({ name }) => {
      figures.count('starts', { outcome: 'failed' });
      if (name === VRRP_UNIT) await releaseVips(namespace, paths.interfaceFiles, logger);
    },
    changes,
    logger,
  });

  process.on('SIGHUP', () => {
    try {
      settings.reload();
      server.reloadCertificate();
      logger.info({}, 'configuration and certificate read again');
    } catch (error) {
      logger.error({ problems: problemsOf(error) }, 'not read again, what was in force stays');
    }
  });

  await runDaemon({
    logger,
    services: [
      ...forwarding.services,
      server,
      new Boot(host, changes),
      ...(hasSystemd ? [] : [watch]),
      balancing,
      new VrrpWatch(vrrpPaths(paths).state, logger),
      prometheus,
      heartbeats,
      spareMemory,
    ],
    drainTimeoutMs: defaults.gracefulShutdownTimeoutSeconds * 1000,
  });
}
