import { port, text } from '../option.ts';
import { section } from '../section.ts';

/** Ours: where each daemon serves /metrics, /healthz and /readyz. */
export const telemetry = section('telemetry', {
  bindHost: text({
    name: 'bind_host',
    default: '127.0.0.1',
    help: 'address for metrics and health; not for tenants',
  }),
  apiPort: port({ name: 'api_port', default: 9690, help: 'port of the API controller; 0: none' }),
  workerPort: port({
    name: 'worker_port',
    default: 9691,
    help: 'port of the controller worker; 0: none',
  }),
  healthIngestPort: port({
    name: 'health_ingest_port',
    default: 9692,
    help: 'port of the health manager; 0: none',
  }),
  housekeepingPort: port({
    name: 'housekeeping_port',
    default: 9693,
    help: 'port of housekeeping; 0: none',
  }),
  driverAgentPort: port({
    name: 'driver_agent_port',
    default: 9694,
    help: 'port of the driver agent; 0: none',
  }),
});
