import { parseArgs } from 'node:util';
import { prometheusProxy } from './server.ts';

const HELP = `The Prometheus proxy of an amphora: answers at 127.0.0.1:9102, to which PROMETHEUS listeners lead, with what
HAProxy exports at 127.0.0.1:9101, by Octavia's names. The agent runs it in HAProxy's namespace; it ends with its
standard input.

  --help   this text
`;

/** Fixed: controllers write both into HAProxy's configuration. */
const PORT = 9102;
const EXPORTER_PORT = 9101;

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });

if (values.help) {
  process.stdout.write(HELP);
} else {
  const server = prometheusProxy({ exporterPort: EXPORTER_PORT });
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  process.on('SIGTERM', end);
  process.stdin.on('end', end).on('error', end).resume();
  server.listen({ host: '127.0.0.1', port: PORT });
}
