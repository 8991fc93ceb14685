import { prometheusProxy } from './server.ts';

/** Fixed: controllers write both into HAProxy's configuration. */
const PORT = 9102;
const EXPORTER_PORT = 9101;

/** A process of its own, since it must live in HAProxy's namespace; it ends with the agent that started it. */
const server = prometheusProxy({ exporterPort: EXPORTER_PORT });
const end = (): void => {
  server.close();
  server.closeAllConnections();
};
process.on('SIGTERM', end);
process.stdin.on('end', end).on('error', end).resume();
server.listen({ host: '127.0.0.1', port: PORT });
