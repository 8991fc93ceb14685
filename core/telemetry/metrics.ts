import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the process's own figures in it: memory, CPU, event loop delay. Nothing registers globally. */
export function openMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
