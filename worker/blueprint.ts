import { readFile } from 'node:fs/promises';
import type { ConfigOf } from '#core/config/load.ts';
import type { Topology } from '#core/domain/load-balancer.ts';
import { type AmphoraPaths, MACHINE_PATHS, renderAgentConfig } from './agent-config.ts';
import type { sections } from './sections.ts';
import type { BootBlueprint } from './world.ts';

type Config = ConfigOf<typeof sections>;

/** Where an amphora's files lie, and how its agent runs there. */
export interface BootPaths extends AmphoraPaths {
  readonly agentConfig: string;
}

/** On a machine of its own. */
export const MACHINE_BOOT_PATHS: BootPaths = {
  ...MACHINE_PATHS,
  agentConfig: '/etc/octavia/amphora-agent.conf',
};

/** For amphorae that nobody boots. */
export const EMPTY_BLUEPRINT: BootBlueprint = {
  filesOf: async () => [],
  agentConfigOf: () => '',
};

/** The three files that every amphora boots with. The CA is read each time: it may be replaced. */
export function blueprintOf(
  config: Config,
  pathsOf: (amphoraId: string) => BootPaths,
): BootBlueprint {
  const { defaults, haproxyAmphora, healthManager, amphoraAgent, controllerWorker } = config;
  const agentConfigOf = (amphoraId: string, topology: Topology): string =>
    renderAgentConfig({
      amphoraId,
      topology,
      isDebug: defaults.isDebug,
      haproxyCmd: haproxyAmphora.haproxyCmd,
      bindPort: haproxyAmphora.bindPort,
      controllers: healthManager.controllerIpPortList,
      heartbeatIntervalSeconds: healthManager.heartbeatIntervalSeconds,
      heartbeatKey: healthManager.heartbeatKey,
      heartbeatWire: healthManager.heartbeatWire,
      requestReadTimeoutSeconds: amphoraAgent.requestReadTimeoutSeconds,
      tlsProtocolMin: amphoraAgent.tlsProtocolMin,
      userLogFacility: amphoraAgent.userLogFacility,
      administrativeLogFacility: amphoraAgent.administrativeLogFacility,
      forwarding: amphoraAgent,
      accessLogBytesMax: amphoraAgent.accessLogBytesMax,
      paths: pathsOf(amphoraId),
    });
  return {
    agentConfigOf,
    async filesOf(amphoraId, topology, serverPem) {
      const paths = pathsOf(amphoraId);
      return [
        { path: paths.agentConfig, contents: agentConfigOf(amphoraId, topology) },
        { path: paths.serverCert, contents: serverPem },
        { path: paths.clientCa, contents: await readFile(controllerWorker.clientCa, 'utf8') },
      ];
    },
  };
}
