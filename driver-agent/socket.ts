import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { BUSY, Connection } from './connection.ts';
import type { SocketMetrics } from './metrics.ts';
import { prepareSocketFile } from './socket-file.ts';
import { turns } from './turns.ts';

/** What one socket is for. */
export interface RequestHandler {
  handle(request: unknown): Promise<unknown>;
  /** The answer to a request that cannot be worked on; null where the protocol has none. */
  refusal(reason: string): unknown;
}

export interface AgentSocketOptions {
  readonly name: 'status' | 'stats' | 'get';
  readonly path: string;
  readonly requestsMax: number;
  readonly timeoutMs: number;
  readonly handler: RequestHandler;
  readonly logger: Logger;
  readonly metrics: SocketMetrics;
}

// A status update of a load balancer with 10,000 members has about 1.5 MB.
const REQUEST_SIZE_MAX = 8 * 1024 * 1024;
const BUFFERED_BYTES_MAX = 64 * 1024 * 1024;
// Clients that wait for their turn, or have connected and said nothing yet, for each request worked on.
const CONNECTIONS_PER_REQUEST = 10;
// Nobody but the owner and its group: whoever may write here sets any status, and reads private keys.
const UMASK = 0o117;

/**
 * Serves one of the three sockets: one request a connection. No client can keep the others out: reading and writing
 * have deadlines, sizes have bounds, and when all places are taken the one that has been idle longest gives way.
 */
export class AgentSocket implements Service {
  readonly name: string;
  readonly #options: AgentSocketOptions;
  readonly #server: Server;
  readonly #open = new Set<Connection>();
  readonly #inTurn: ReturnType<typeof turns>;
  #bufferedBytes = 0;

  constructor(options: AgentSocketOptions) {
    this.name = `${options.name}-socket`;
    this.#options = options;
    this.#inTurn = turns(options.requestsMax);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  async start(): Promise<void> {
    if (this.#server.listening) return;
    const { path } = this.#options;
    await prepareSocketFile(path);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      // The file appears within listen(), so the mask need not outlive it.
      const umask = process.umask(UMASK);
      this.#server.listen(path, () => resolve());
      process.umask(umask);
    });
    this.#server.on('error', (error) =>
      this.#options.logger.error({ error, path }, 'could not accept a connection'),
    );
  }

  /** Requests that have arrived are still answered. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#open)
      if (connection.isReading) connection.refuse('busy', 'the driver agent is stopping');
    await closed;
  }

  #accept(socket: Socket): void {
    const { timeoutMs, handler, logger, metrics, name } = this.#options;
    const connection = new Connection(socket, {
      sizeMax: REQUEST_SIZE_MAX,
      timeoutMs,
      handle: (request) => this.#inTurn(() => metrics.timed(name, () => handler.handle(request))),
      refusal: (reason) => handler.refusal(reason),
      hold: (bytes) => {
        this.#bufferedBytes += bytes;
        return bytes <= 0 || this.#bufferedBytes <= BUFFERED_BYTES_MAX;
      },
      onFailure: (error) => logger.error({ error, socket: name }, 'a request failed'),
    });
    this.#makeRoom(connection);
    this.#open.add(connection);
    metrics.opened(name, this.#open.size);
    void connection.ended.then((ending) => {
      this.#open.delete(connection);
      metrics.ended(name, ending, this.#open.size);
    });
  }

  #makeRoom(newcomer: Connection): void {
    if (this.#open.size < this.#options.requestsMax * CONNECTIONS_PER_REQUEST) return;
    const idle = this.#open.values().find((connection) => connection.isIdle);
    if (idle) idle.giveWay();
    else newcomer.refuse('busy', BUSY);
  }
}
