import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { AgentFigures } from './agent-figures.ts';
import { LiveSettings, parseAgentConfig } from './config.ts';
import { HeartbeatSender, parseControllers } from './heartbeat-sender.ts';
import { agentPaths } from './paths.ts';
import { StatsCounters } from './stats-counters.ts';
import { HeartbeatCatcher } from './testing/heartbeat-catcher.ts';

const ignore = (): void => {};
const logger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => logger,
};

it.each(['octavia', 'native'])(
  'each of several controllers hears every other heartbeat, on the %s wire',
  async (wire) => {
    const folder = await mkdtemp(join(tmpdir(), 'beats-'));
    const catchers = [new HeartbeatCatcher(), new HeartbeatCatcher()] as const;
    for (const catcher of catchers) await catcher.open();
    const config = parseAgentConfig(
      'agent.conf',
      `[haproxy_amphora]
base_path = ${folder}
[health_manager]
controller_ip_port_list = ${catchers.map(({ port }) => `127.0.0.1:${port}`).join(', ')}
heartbeat_interval = 1
heartbeat_key = ${catchers[0].key}
heartbeat_wire = ${wire}
[amphora_agent]
amphora_id = 7dd4d38c-4e6a-4b1c-9c4c-0e4a26b4d1a3
`,
    );
    const paths = agentPaths(config);
    const counters = new StatsCounters(paths.statsCounters);
    const balancing = { report: async () => ({ listeners: [], pools: [] }) };
    const sender = new HeartbeatSender(
      { paths, amphoraId: config.amphoraAgent.amphoraId, counters, balancing, logger },
      new LiveSettings(config, 'agent.conf'),
      systemClock,
      logger,
      new AgentFigures(),
    );
    try {
      await sender.start();
      sender.sendSoon();
      const caught = (): number => Math.min(...catchers.map((each) => each.caught.length));
      await expect.poll(caught).toBeGreaterThan(0);
      for (const [place, each] of catchers.entries())
        for (const { sequence } of each.caught)
          expect(Number(sequence) % catchers.length).toBe(place);
    } finally {
      await sender.stop();
      for (const catcher of catchers) catcher.close();
      await rm(folder, { recursive: true });
    }
  },
);

it('reads host and port of IPv4, IPv6 and names', () => {
  expect(parseControllers(['192.0.2.10:5555', '[2001:db8::10]:5556', 'manager.example:1'])).toEqual(
    [
      { host: '192.0.2.10', port: 5555 },
      { host: '2001:db8::10', port: 5556 },
      { host: 'manager.example', port: 1 },
    ],
  );
});

it.each(['nonsense', ':5555', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '192.0.2.1:x'])(
  'reads nothing from %s on, as Octavia’s agent does',
  (bad) => {
    const good = { host: '192.0.2.1', port: 1 };
    expect(parseControllers(['192.0.2.1:1', bad, '192.0.2.2:2'])).toEqual([good]);
  },
);
