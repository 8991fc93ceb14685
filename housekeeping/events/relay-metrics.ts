import { Counter, Gauge, type Registry } from 'prom-client';

export interface RelayMetrics {
  delivered(sink: string, count: number, sequence: number): void;
  failed(sink: string): void;
}

export function openRelayMetrics(registry: Registry): RelayMetrics {
  const registers = [registry];
  const labelNames = ['sink'];
  const delivered = new Counter({
    name: 'octavia_events_delivered_total',
    help: 'events that a sink has taken',
    labelNames,
    registers,
  });
  const failures = new Counter({
    name: 'octavia_events_failures_total',
    help: 'deliveries that a sink did not take and that are repeated',
    labelNames,
    registers,
  });
  const position = new Gauge({
    name: 'octavia_events_position',
    help: 'sequence of the last event that a sink has taken',
    labelNames,
    registers,
  });
  return {
    delivered(sink, count, sequence) {
      delivered.inc({ sink }, count);
      position.set({ sink }, sequence);
    },
    failed(sink) {
      failures.inc({ sink });
    },
  };
}
