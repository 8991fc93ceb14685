import {
  createServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { machineMetrics } from './machine-metrics.ts';
import { translateMetrics } from './translation.ts';

export interface ProxyOptions {
  readonly port: number;
  readonly exporterPort: number;
}

const HOST = '127.0.0.1';
const EXPORTER_TIMEOUT_MS = 4000;
/** HAProxy's backend for this proxy waits 5 s. */
const REQUEST_TIMEOUT_MS = 5000;
/** Some 4 KB a member: thousands of them. */
const EXPORT_BYTES_MAX = 64 * 1024 * 1024;
const CONNECTIONS_MAX = 32;

/**
 * What a PROMETHEUS listener leads to: any GET is answered with Octavia's metrics, made of what HAProxy exports at
 * that moment. Requests that come while one is being answered get the same answer: scrapers cannot add to the load.
 */
export function prometheusProxy({ exporterPort }: Pick<ProxyOptions, 'exporterPort'>): Server {
  let inProgress: Promise<string> | null = null;
  const metrics = (): Promise<string> => {
    inProgress ??= collect(exporterPort).finally(() => {
      inProgress = null;
    });
    return inProgress;
  };
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(request, response, metrics);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: () => Promise<string>,
): Promise<void> {
  request.resume();
  response.setHeader('connection', 'close');
  if (request.method !== 'GET') {
    response.writeHead(405, { allow: 'GET' }).end();
    return;
  }
  try {
    const body = await metrics();
    response.setHeader('cache-control', 'no-cache');
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(body);
  } catch {
    // HAProxy is starting, or overloaded: it logs that itself, and the scraper sees that there is nothing.
    response.writeHead(502).end();
  }
}

async function collect(exporterPort: number): Promise<string> {
  const [own, exported] = await Promise.all([machineMetrics(), readExporter(exporterPort)]);
  return own + translateMetrics(exported);
}

function readExporter(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(EXPORTER_TIMEOUT_MS);
    const request = get({ host: HOST, port, path: '/metrics', agent: false, signal }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      if (answer.statusCode !== 200) request.destroy(new Error(`exporter: ${answer.statusCode}`));
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > EXPORT_BYTES_MAX) request.destroy(new Error('exporter: its answer has no end'));
        else chunks.push(chunk);
      });
      answer.once('error', reject);
      answer.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    request.once('error', reject);
  });
}
