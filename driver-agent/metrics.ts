import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Ending } from './connection.ts';

export interface SocketMetrics {
  opened(socket: string, open: number): void;
  ended(socket: string, ending: Ending, open: number): void;
  timed<Result>(socket: string, work: () => Promise<Result>): Promise<Result>;
}

/** @returns to be called with the name of a provider agent that is started */
export function openAgentMetrics(registry: Registry): (agent: string) => void {
  const starts = new Counter({
    name: 'octavia_driver_agent_provider_agent_starts_total',
    help: 'starts of provider agents; more than one means that it failed',
    labelNames: ['agent'],
    registers: [registry],
  });
  return (agent) => starts.inc({ agent });
}

export function openSocketMetrics(registry: Registry): SocketMetrics {
  const registers = [registry];
  const connections = new Gauge({
    name: 'octavia_driver_agent_connections',
    help: 'connections open now',
    labelNames: ['socket'],
    registers,
  });
  const requests = new Counter({
    name: 'octavia_driver_agent_requests_total',
    help: 'connections by how they ended',
    labelNames: ['socket', 'ending'],
    registers,
  });
  const duration = new Histogram({
    name: 'octavia_driver_agent_request_duration_seconds',
    help: 'time from having the whole request to having its answer, without waiting for its turn',
    labelNames: ['socket'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers,
  });
  return {
    opened(socket, open) {
      connections.set({ socket }, open);
    },
    ended(socket, ending, open) {
      requests.inc({ socket, ending });
      connections.set({ socket }, open);
    },
    async timed(socket, work) {
      const end = duration.startTimer({ socket });
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
