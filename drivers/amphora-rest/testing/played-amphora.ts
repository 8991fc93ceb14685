import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface PlayedAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
}

export interface PlayedAmphora {
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  /** Files of `…/certificates/`, by path. */
  readonly files: Map<string, string>;
  /** Answers before the amphora's own are asked for; undefined: its own. */
  answer: (request: RecordedRequest) => PlayedAnswer | undefined | 'silence';
  connections(): number;
  stop(): Promise<void>;
}

export interface PlayedAmphoraOptions {
  /** Certificate and key that it shows. */
  readonly pem: string;
  readonly clientCaPem: string;
  readonly host: string;
  /** Left out: any that is free. */
  readonly port?: number;
  readonly haproxyVersion?: string;
  readonly details?: unknown;
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

/** A TLS server that answers as an amphora does on which nothing was ever configured, and records what it is asked. */
export async function playAmphora(options: PlayedAmphoraOptions): Promise<PlayedAmphora> {
  const requests: RecordedRequest[] = [];
  const files = new Map<string, string>();
  let connectionCount = 0;
  const server = createServer({
    key: options.pem,
    cert: options.pem,
    ca: options.clientCaPem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1',
    maxVersion: options.maxVersion ?? 'TLSv1.3',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  const played: PlayedAmphora = {
    port: 0,
    requests,
    files,
    answer: () => undefined,
    connections: () => connectionCount,
    stop: () => stop(server),
  };
  server.on('secureConnection', () => connectionCount++);
  server.on('request', (incoming, response) => {
    void record(incoming).then((request) => {
      requests.push(request);
      const own = played.answer(request) ?? emptyAnswer(request, files, options);
      if (own !== 'silence') respond(response, own);
    });
  });
  server.listen(options.port ?? 0, options.host);
  await once(server, 'listening');
  return Object.assign(played, { port: (server.address() as AddressInfo).port });
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = incoming;
  return { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function emptyAnswer(
  { method, path, body }: RecordedRequest,
  files: Map<string, string>,
  options: PlayedAmphoraOptions,
): PlayedAnswer {
  if (path === '/') return { status: 200, json: { api_version: '1.0' } };
  if (path === '/1.0/info') {
    const haproxyVersion = options.haproxyVersion ?? '2.6.12-1+deb12u4';
    return { status: 200, json: { api_version: '1.0', haproxy_version: haproxyVersion } };
  }
  if (path === '/1.0/details') return { status: 200, json: options.details ?? {} };
  if (path.includes('/certificates/')) return fileAnswer(method, path, body, files);
  const isQueued = method === 'POST' || /\/(haproxy|reload)$/.test(path);
  return { status: isQueued ? 202 : 200, json: { message: 'OK' } };
}

function fileAnswer(
  method: string,
  path: string,
  body: string,
  files: Map<string, string>,
): PlayedAnswer {
  if (method === 'PUT') files.set(path, body);
  if (method === 'DELETE') files.delete(path);
  if (method !== 'GET') return { status: 200, json: { message: 'OK' } };
  const content = files.get(path);
  if (content === undefined)
    return { status: 404, json: { message: 'Certificate Not Found', details: 'No certificate' } };
  return { status: 200, json: { md5sum: createHash('md5').update(content).digest('hex') } };
}

function respond(response: ServerResponse, { status, json, text }: PlayedAnswer): void {
  const isJson = text === undefined;
  response.writeHead(status, {
    'content-type': isJson ? 'application/json' : 'text/html',
    connection: 'close',
  });
  response.end(isJson ? JSON.stringify(json) : text);
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
