import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const HELP = `A tenant's web server: answers every request with its name.

  --name NAME   what it answers
  --port PORT   where it listens (default 80)
  --help        this text
`;

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'web' },
    port: { type: 'string', default: '80' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(values.name);
  });
  process.on('SIGTERM', () => process.exit(0));
  server.listen(Number(values.port), () => process.stdout.write('listening\n'));
}
