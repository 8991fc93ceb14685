import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigOf, loadConfig } from '#core/config/load.ts';
import { choice } from '#core/config/option.ts';
import { section } from '#core/config/section.ts';
// Each from its own file: the agent is small, and the sections of the controllers are none of its business.
import { amphoraAgent } from '#core/config/sections/amphora-agent.ts';
import { defaults } from '#core/config/sections/default.ts';
import { haproxyAmphora } from '#core/config/sections/haproxy-amphora.ts';
import { healthManager } from '#core/config/sections/health-manager.ts';

export const Topology = { Single: 'SINGLE', ActiveStandby: 'ACTIVE_STANDBY' } as const;
export type Topology = (typeof Topology)[keyof typeof Topology];

/** The controllers' section of this name holds what is theirs; the agent's file has only the topology in it. */
const controllerWorker = section('controller_worker', {
  topology: choice<Topology>({
    name: 'loadbalancer_topology',
    of: [Topology.Single, Topology.ActiveStandby],
    default: Topology.Single,
    help: 'whether keepalived moves the VIP',
  }),
});

/** What the agent reads of the file that the controller rendered for it. */
export const agentSections = {
  defaults,
  haproxyAmphora,
  healthManager,
  amphoraAgent,
  controllerWorker,
};
export type AgentConfig = ConfigOf<typeof agentSections>;

/** Options that a running agent takes over from a new file; all others need a restart. */
export interface MutableSettings {
  readonly heartbeatKey: string;
  readonly heartbeatIntervalSeconds: number;
  readonly heartbeatWire: 'octavia' | 'native';
  readonly controllers: readonly string[];
  readonly topology: Topology;
}

export function mutableSettings(config: AgentConfig): MutableSettings {
  return {
    heartbeatKey: config.healthManager.heartbeatKey,
    heartbeatIntervalSeconds: config.healthManager.heartbeatIntervalSeconds,
    heartbeatWire: config.healthManager.heartbeatWire,
    controllers: config.healthManager.controllerIpPortList,
    topology: config.controllerWorker.topology,
  };
}

/** The settings in force, and who wants to know when they change. */
export class LiveSettings {
  #current: MutableSettings;
  readonly #file: string;
  readonly #listeners: (() => void)[] = [];

  constructor(config: AgentConfig, file: string) {
    this.#current = mutableSettings(config);
    this.#file = file;
  }

  get current(): MutableSettings {
    return this.#current;
  }

  get file(): string {
    return this.#file;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @throws ConfigError with every problem; what is in force stays in force */
  reload(): void {
    this.#current = mutableSettings(parseAgentConfig(this.#file, readFileSync(this.#file, 'utf8')));
    for (const listener of this.#listeners) listener();
  }
}

/** @throws ConfigError with every problem found */
export function parseAgentConfig(name: string, text: string): AgentConfig {
  return loadConfig(agentSections, { name, text }, process.env).config;
}

export function problemsOf(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('\n');
  return error instanceof Error ? error.message : String(error);
}
