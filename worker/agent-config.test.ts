import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIni } from '#core/config/ini.ts';
import { loadConfig } from '#core/config/load.ts';
import {
  amphoraAgent,
  controllerWorker,
  defaults,
  haproxyAmphora,
  healthManager,
} from '#core/config/sections.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import { type AgentConfigOptions, MACHINE_PATHS, renderAgentConfig } from './agent-config.ts';

const SECTIONS = { amphoraAgent, controllerWorker, defaults, haproxyAmphora, healthManager };

const machine: AgentConfigOptions = {
  amphoraId: '3f0c2d1e-0000-4000-8000-000000000001',
  topology: 'ACTIVE_STANDBY',
  isDebug: false,
  haproxyCmd: '/usr/sbin/haproxy',
  bindPort: 9443,
  controllers: ['192.0.2.10:5555', '[2001:db8::10]:5555'],
  heartbeatIntervalSeconds: 10,
  heartbeatKey: 'golden-key',
  heartbeatWire: 'octavia',
  requestReadTimeoutSeconds: 180,
  tlsProtocolMin: 'TLSv1.2',
  userLogFacility: 0,
  administrativeLogFacility: 1,
  forwarding: null,
  accessLogBytesMax: 0,
  paths: MACHINE_PATHS,
};

describe("the configuration of an amphora's agent", () => {
  test('is the one that Octavia writes, with the log facilities where an agent reads them', () => {
    const ours = optionsIn(renderAgentConfig(machine));
    expect(ours).toEqual(facilitiesMoved(golden('amphora-agent-active-standby.conf')));
  });

  test('has the log options that are not as an agent would take them anyhow', () => {
    const forwarding = {
      tenantLogTargets: [],
      adminLogTargets: ['192.0.2.7:514'],
      logProtocol: 'UDP',
      logRetryCount: 5,
      logRetryIntervalSeconds: 2,
      logQueueSize: 10_000,
      isEverythingForwarded: true,
      isLocalStorageDisabled: true,
    } as const;
    const text = renderAgentConfig({ ...machine, forwarding });
    expect(read(text).config.amphoraAgent).toMatchObject(forwarding);
    const told = Object.keys(optionsIn(text));
    expect(told.length).toBe(Object.keys(optionsIn(renderAgentConfig(machine))).length + 3);
  });

  test("is Octavia's for other options too, but for the heartbeat key, which is not HTML", () => {
    const theirs = facilitiesMoved(golden('amphora-agent-single-options.conf'));
    theirs['health_manager.heartbeat_key'] = 'k<&>"key';
    const ours = renderAgentConfig({
      ...machine,
      topology: 'SINGLE',
      heartbeatKey: 'k<&>"key',
      userLogFacility: 2,
      administrativeLogFacility: 4,
      paths: { ...MACHINE_PATHS, networkDir: '/etc/netz' },
    });
    expect(optionsIn(ours)).toEqual(theirs);
  });

  test('reaches our agent whole: its own folder, namespace, service manager and wire', () => {
    const paths = {
      basePath: '/srv/a1/lib',
      baseCertDir: '/srv/a1/lib/certs',
      networkDir: '/srv/a1/interfaces',
      serverCert: '/srv/a1/server.pem',
      clientCa: '/srv/a1/client_ca.pem',
      bindHost: '0.0.0.0',
      haproxyNamespace: 'oct-h-a1',
      serviceManager: 'child',
      pluggedInterfacesFile: '/srv/a1/plugged',
    } as const;
    const single = { ...machine, topology: 'SINGLE', heartbeatWire: 'native' } as const;
    const { config } = read(renderAgentConfig({ ...single, paths }));

    expect(config.amphoraAgent).toMatchObject({
      amphoraId: machine.amphoraId,
      agentServerCert: paths.serverCert,
      agentServerCa: paths.clientCa,
      agentServerNetworkDir: paths.networkDir,
      haproxyNamespace: paths.haproxyNamespace,
      serviceManager: 'child',
      plugInterfacesFile: paths.pluggedInterfacesFile,
    });
    expect(config.haproxyAmphora).toMatchObject({
      basePath: paths.basePath,
      baseCertDir: paths.baseCertDir,
      bindHost: '0.0.0.0',
    });
    expect(config.healthManager.heartbeatWire).toBe('native');
    expect(config.healthManager.controllerIpPortList).toEqual(machine.controllers);
  });

  test('carries every heartbeat key unchanged, or refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (heartbeatKey) => {
        try {
          const text = renderAgentConfig({ ...machine, topology: 'SINGLE', heartbeatKey });
          expect(read(text).config.healthManager.heartbeatKey).toBe(heartbeatKey);
        } catch (error) {
          expect(error).toBeInstanceOf(DriverFailure);
        }
      }),
    );
  });

  test.each(['two\nlines', 'two\rlines', 'nul\0', 'x\n[amphora_agent]\namphora_id = stolen'])(
    'refuses a value that is more than a line of text: %j',
    (heartbeatKey) => {
      expect(() => renderAgentConfig({ ...machine, heartbeatKey })).toThrow(
        '[health_manager] heartbeat_key has a line break',
      );
    },
  );
});

function golden(file: string): Record<string, string> {
  return optionsIn(readFileSync(new URL(`testdata/agent-config/${file}`, import.meta.url), 'utf8'));
}

function optionsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    parseIni(text).map(({ section, name, value }) => [`${section}.${name}`, value]),
  );
}

function facilitiesMoved(options: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/^haproxy_amphora\.(.*_log_facility)$/, 'amphora_agent.$1'),
      value,
    ]),
  );
}

function read(text: string) {
  return loadConfig(SECTIONS, { name: 'agent.conf', text }, {});
}
