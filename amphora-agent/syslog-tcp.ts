import { connect, type Socket } from 'node:net';
import { within } from './apply/within.ts';
import { SeldomWarning, type SyslogTarget, type SyslogTargetOptions } from './syslog-target.ts';

export interface TcpSyslogOptions extends SyslogTargetOptions {
  /** Messages that wait while no server takes any; more are dropped. */
  readonly queueMax: number;
  /** Attempts at one server after the first; then the next one's turn comes. */
  readonly retriesMax: number;
  readonly retryIntervalMs: number;
}

const BATCH_MAX = 64;
/** A server that takes nothing for so long, or does not answer, is as good as gone. */
const STALLED_MS = 30_000;
/** For what still waits when the agent ends. */
const DRAIN_MS = 1000;

/**
 * Messages over one connection, each with its length before it (RFC 6587). There are no receipts: of what was on its way
 * when a connection broke some may be lost, and some come twice.
 */
export class TcpSyslog implements SyslogTarget {
  readonly #options: TcpSyslogOptions;
  readonly #seldom: SeldomWarning;
  readonly #waiting: Buffer[] = [];
  #socket: Socket | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #isWriting = false;
  #failures = 0;
  #server = 0;
  #isStopped = true;

  constructor(options: TcpSyslogOptions) {
    this.#options = options;
    this.#seldom = new SeldomWarning(options.logger);
  }

  start(): void {
    this.#isStopped = false;
  }

  send(message: Buffer): void {
    const { queueMax, servers } = this.#options;
    if (servers.length === 0 || this.#isStopped) return;
    if (this.#waiting.length >= queueMax)
      return this.#seldom.warn('log lines dropped: no syslog server takes them', { queueMax });
    this.#waiting.push(Buffer.concat([Buffer.from(`${message.length} `), message]));
    this.#write();
  }

  async stop(): Promise<void> {
    await within(DRAIN_MS, async () => this.#waiting.length === 0);
    this.#isStopped = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#socket?.destroy();
  }

  #write(): void {
    if (this.#isWriting || this.#retryTimer !== null || this.#waiting.length === 0) return;
    this.#socket ??= this.#connect();
    this.#isWriting = true;
    const batch = this.#waiting.slice(0, BATCH_MAX);
    this.#socket.write(Buffer.concat(batch), (error) => {
      if (error) return; // the connection closes, and the next one has it to send
      this.#isWriting = false;
      this.#failures = 0;
      this.#waiting.splice(0, batch.length);
      this.#write();
    });
  }

  #connect(): Socket {
    const { host = '', port = 0 } = this.#options.servers[this.#server] ?? {};
    const socket = connect({ host, port, timeout: STALLED_MS });
    socket.unref().resume();
    socket.on('error', (error) => this.#seldom.warn(`syslog server ${host}:${port}`, { error }));
    socket.on('timeout', () => {
      if (this.#isWriting) socket.destroy(new Error(`took nothing for ${STALLED_MS} ms`));
    });
    socket.on('close', () => this.#reconnect());
    return socket;
  }

  /** One that closed while nothing was to be sent is not to blame. */
  #reconnect(): void {
    const { servers, retriesMax, retryIntervalMs } = this.#options;
    if (this.#isWriting) this.#failures++;
    this.#isWriting = false;
    this.#socket = null;
    if (this.#isStopped) return;
    if (this.#failures > retriesMax) {
      this.#server = (this.#server + 1) % servers.length;
      this.#failures = 0;
    }
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.#write();
    }, retryIntervalMs).unref();
  }
}
