import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fetch, Fetched, Received, TenantServer } from './tenant-machine.ts';

/**
 * What runs on a tenant's machine in these tests: servers that tell what reached them, and an errand boy, which makes
 * requests from here. Its first argument says which servers; it ends with its standard input.
 */
const { servers, errandPort, tls } = JSON.parse(process.argv[2] ?? '') as {
  readonly servers: readonly TenantServer[];
  readonly errandPort: number;
  readonly tls: { readonly cert: string; readonly key: string };
};

/** Of a server's requests to `/health…`: the last, for it came from a monitor. */
const lastChecks = new Map<string, object>();

async function answer(
  { name, healthStatus = 200, healthHost }: TenantServer,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://x');
  const { method, headers, httpVersion } = incoming;
  if (url.pathname.startsWith('/health')) {
    lastChecks.set(name, { method, path: incoming.url, headers, httpVersion });
    const isAsked = healthHost === undefined || headers.host === healthHost;
    response.writeHead(isAsked ? healthStatus : 500).end();
    return;
  }
  const slowMs = Number(url.searchParams.get('slow') ?? 0);
  if (slowMs > 0) await delay(slowMs);
  const cookie = url.searchParams.get('cookie');
  if (cookie !== null) response.setHeader('set-cookie', `${cookie}=of-${name}; Path=/`);
  const { remoteAddress = '', remotePort = 0 } = incoming.socket;
  const received: Received = {
    name,
    url: incoming.url ?? '',
    headers,
    peer: { address: remoteAddress, port: remotePort },
    check: lastChecks.get(name) ?? null,
  };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(received));
}

/** Tells all bytes of a request, whatever was put before it. */
function tellBytes(name: string, socket: Socket): void {
  const chunks: Buffer[] = [];
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const all = Buffer.concat(chunks);
    if (!all.includes('\r\n\r\n')) return;
    const body = JSON.stringify({ name, hex: all.toString('hex') });
    socket.end(
      `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
}

function serverOf(given: TenantServer): Server {
  const handle = (incoming: IncomingMessage, response: ServerResponse): void =>
    void answer(given, incoming, response);
  switch (given.kind) {
    case 'http':
      return createServer({ keepAliveTimeout: 60_000 }, handle);
    case 'https':
      return createTlsServer(tls, handle);
    case 'bytes':
      return createTcpServer((socket) => tellBytes(given.name, socket));
    case 'silent':
      return createTcpServer((socket) => socket.on('error', () => {}).resume());
  }
}

function fetchFrom({ url, localAddress, headers }: Fetch): Promise<Fetched> {
  return new Promise((resolve) => {
    const options = { headers, agent: false, timeout: 5000, ...(localAddress && { localAddress }) };
    const outgoing = request(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve({ status: 0, body: '' }));
    outgoing.end();
  });
}

const errands = createServer((incoming, response) => {
  void (async () => {
    response.end(JSON.stringify(await fetchFrom((await json(incoming)) as Fetch)));
  })();
});

process.stdin.on('end', () => process.exit(0)).resume();
for (const given of servers) serverOf(given).listen(given.port, '::');
errands.listen(errandPort, '::', () => process.stdout.write('listening\n'));
