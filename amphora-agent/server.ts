import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import type { AgentFigures } from './agent-figures.ts';
import { QueueFull, type WorkQueue } from './apply/work-queue.ts';
import { frameworkError, Refusal, type Reply } from './http-message.ts';
import { matchRoute, type Route, type RouteMatch } from './router.ts';

export interface AgentServerOptions {
  readonly bindHost: string;
  readonly bindPort: number;
  /** PEM: certificate, then key. */
  readonly certificatePath: string;
  /** PEM: whoever has a certificate of one of these CAs is admitted. */
  readonly clientCaPath: string;
  readonly tlsProtocolMin: 'TLSv1.2' | 'TLSv1.3';
  readonly requestTimeoutMs: number;
  readonly routes: readonly Route[];
  readonly changes: WorkQueue;
  readonly figures: AgentFigures;
  readonly logger: Logger;
  readonly afterRequest: () => void;
}

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const CONNECTIONS_MAX = 64;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const LOG_INTERVAL_MS = 10_000;

/** The agent API over TLS: both sides show a certificate, each connection carries one request. */
export class AgentServer implements Service {
  readonly name = 'agent API';
  readonly #options: AgentServerOptions;
  readonly #server: Server;
  #lastRefusalLoggedMs = Number.NEGATIVE_INFINITY;
  #lastErrorLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: AgentServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        ...readCertificates(options),
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: options.tlsProtocolMin,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        requestTimeout: options.requestTimeoutMs,
        headersTimeout: Math.min(HEADERS_TIMEOUT_MS, options.requestTimeoutMs),
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    // Such as no file descriptor left for one more connection: those that are there go on, and later ones come in again.
    this.#server.on('error', (error) => this.#logError(error));
    this.#server.on('tlsClientError', (error, socket) => this.#logRefusedHandshake(error, socket));
  }

  /** Where it listens; for a port chosen by the system. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : this.#options.bindPort;
  }

  async start(): Promise<void> {
    if (this.#server.listening) return;
    const { bindHost, bindPort } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: bindHost, port: bindPort }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (this.#server.listening)
      await new Promise<void>((resolve) => {
        this.#server.close(() => resolve());
        this.#server.closeIdleConnections();
      });
    await this.#options.changes.idle();
  }

  /** The next connection sees the certificate that is in the file now. */
  reloadCertificate(): void {
    this.#server.setSecureContext({
      ...readCertificates(this.#options),
      minVersion: this.#options.tlsProtocolMin,
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const method = request.method ?? 'GET';
    const match = matchRoute(this.#options.routes, method, request.url ?? '/');
    const reply = await this.#reply(request, match).catch((error: unknown) => {
      if (error instanceof Refusal) return error.reply;
      if (error instanceof QueueFull) return frameworkError(503).reply;
      this.#options.logger.error(
        { error, method: request.method, path: request.url },
        'request failed',
      );
      return frameworkError(500).reply;
    });
    this.#count(match, reply.status);
    const line = {
      method: request.method,
      path: request.url,
      status: reply.status,
      duration_ms: Math.round(performance.now() - startedMs),
    };
    if (reply.status >= 400)
      this.#options.logger.warn({ ...line, answer: reply.body.slice(0, 2000) }, 'request refused');
    else this.#options.logger.info(line, 'request');
    send(response, reply);
    this.#options.afterRequest();
  }

  async #reply(request: IncomingMessage, match: RouteMatch): Promise<Reply> {
    const method = request.method ?? 'GET';
    const body = await readBody(request); // also of a refused request: else the client sees a reset, not the answer
    if (match.kind === 'refused') return match.refusal.reply;
    const { route, params } = match;
    const contentType = request.headers['content-type'] ?? '';
    const handle = async (): Promise<Reply> =>
      route.handle({ method, path: request.url ?? '/', contentType, params, body });
    return route.isChange ? this.#options.changes.run(handle) : handle();
  }

  /** By the pattern of the path: what is in it is the client's choice. */
  #count(match: RouteMatch, status: number): void {
    const { method, path } =
      match.kind === 'found' ? match.route : { method: 'none', path: 'none' };
    this.#options.figures.count('requests', { method, route: path, status: String(status) });
  }

  /** While it lasts it is tried again at once, time after time. */
  #logError(error: Error): void {
    const now = performance.now();
    if (now - this.#lastErrorLoggedMs < LOG_INTERVAL_MS) return;
    this.#lastErrorLoggedMs = now;
    this.#options.logger.error({ error }, 'the agent API takes no connection now');
  }

  /** Anyone on the network can cause these: one line in a while says that someone does. */
  #logRefusedHandshake(error: Error, socket: TLSSocket): void {
    const now = performance.now();
    if (now - this.#lastRefusalLoggedMs < LOG_INTERVAL_MS) return;
    this.#lastRefusalLoggedMs = now;
    this.#options.logger.warn({ peer: socket.remoteAddress, reason: error.message }, 'TLS refused');
  }
}

function readCertificates(options: AgentServerOptions): SecureContextOptions {
  const pem = readFileSync(options.certificatePath);
  return { cert: pem, key: pem, ca: readFileSync(options.clientCaPath) };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw frameworkError(413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return;
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': body.length,
    connection: 'close',
    ...(reply.etag === undefined ? {} : { etag: reply.etag }),
    ...(reply.allow === undefined ? {} : { allow: reply.allow }),
  });
  response.end(body);
}
