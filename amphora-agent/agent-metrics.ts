import { Counter, Gauge, Registry } from 'prom-client';
import type { AgentFigures, Counts } from './agent-figures.ts';

const MS_PER_SECOND = 1000;
const MICROS_PER_SECOND = 1_000_000;

/** How each count is named for Prometheus. */
const COUNTERS: {
  readonly [What in keyof Counts]: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly (keyof Counts[What] & string)[];
  };
} = {
  requests: {
    name: 'octavia_agent_requests_total',
    help: 'requests to the agent API; route none: there is no such path or method',
    labelNames: ['method', 'route', 'status'],
  },
  heartbeats: {
    name: 'octavia_agent_heartbeats_total',
    help: 'heartbeats; silent: not sent, because keepalived does not run',
    labelNames: ['outcome'],
  },
  configurations: {
    name: 'octavia_agent_haproxy_configurations_total',
    help: 'configurations of HAProxy that were uploaded; refused: its checker found a fault',
    labelNames: ['outcome'],
  },
  reloads: {
    name: 'octavia_agent_haproxy_reloads_total',
    help: 'reloads of HAProxy; kept: the worker before serves on',
    labelNames: ['outcome'],
  },
  starts: {
    name: 'octavia_agent_unit_starts_total',
    help: 'HAProxy or keepalived should have run and did not',
    labelNames: ['outcome'],
  },
};

export interface MetricsGiven {
  readonly figures: AgentFigures;
  /** When the certificate that the agent shows ends, milliseconds since 1970. */
  readonly certificateEndMs: () => Promise<number>;
}

/** Reads the figures at each scrape; nothing is measured between. */
export function openAgentMetrics({ figures, certificateEndMs }: MetricsGiven): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'amphora-agent' });
  for (const what of Object.keys(COUNTERS) as (keyof Counts)[])
    registry.registerMetric(counterOf(what, figures));
  const gauges = [
    gaugeOf(
      'octavia_agent_certificate_end_timestamp_seconds',
      'when the certificate of the agent API ends',
      async () => (await certificateEndMs()) / MS_PER_SECOND,
    ),
    gaugeOf('process_resident_memory_bytes', 'resident memory', () => process.memoryUsage.rss()),
    gaugeOf('process_cpu_seconds', 'time on a processor', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / MICROS_PER_SECOND;
    }),
  ];
  for (const gauge of gauges) registry.registerMetric(gauge);
  return registry;
}

function counterOf(what: keyof Counts, figures: AgentFigures): Counter {
  const { name, help, labelNames } = COUNTERS[what];
  return new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    collect() {
      this.reset();
      for (const { labels, value } of figures.of(what)) this.inc(labels, value);
    },
  });
}

function gaugeOf(name: string, help: string, read: () => Promise<number> | number): Gauge {
  return new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      this.set(await read());
    },
  });
}
