import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { BoundedLog } from './apply/bounded-log.ts';
import { parseControllers } from './heartbeat-sender.ts';
import { type AgentPaths, loadBalancerPaths } from './paths.ts';
import { SyslogFrames, type SyslogMessage } from './syslog-frames.ts';

export interface AccessLogOptions {
  readonly paths: AgentPaths;
  /** Of a file; it and its predecessor may have as much. 0: no files. */
  readonly fileBytesMax: number;
  /** `host:port` of syslog servers, by UDP: the first that can be sent to gets each line. */
  readonly targets: readonly string[];
  readonly logger: Logger;
}

const CONNECTIONS_MAX = 64;
const FILES_MAX = 64;
const WARN_INTERVAL_MS = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** HAProxy is not root. */
const SOCKET_MODE = 0o666;

/** Takes the tenants' log lines from HAProxy: into a file a load balancer, and to a syslog server. */
export class AccessLogs implements Service {
  readonly name = 'access logs';
  readonly #options: AccessLogOptions;
  readonly #targets;
  readonly #files = new Map<string, BoundedLog>();
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #sockets: Readonly<Record<4 | 6, UdpSocket>> | null = null;
  #lastWarnedMs = Number.NEGATIVE_INFINITY;

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#targets = parseControllers(options.targets);
    this.#server = createServer((client) => this.#take(client));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  async start(): Promise<void> {
    if (this.#server.listening) return;
    const socket = this.#options.paths.accessLogSocket;
    await mkdir(dirname(socket), { recursive: true });
    await rm(socket, { force: true }); // what an agent left that was killed
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(socket, resolve);
    });
    await chmod(socket, SOCKET_MODE);
    this.#sockets = { 4: this.#openUdp('udp4'), 6: this.#openUdp('udp6') };
  }

  async stop(): Promise<void> {
    if (this.#server.listening)
      await new Promise<void>((resolve) => {
        this.#server.close(() => resolve());
        for (const client of this.#clients) client.destroy();
      });
    for (const file of this.#files.values()) await file.flush();
    for (const socket of Object.values(this.#sockets ?? {})) socket.close();
    this.#sockets = null;
  }

  #take(client: Socket): void {
    const frames = new SyslogFrames();
    this.#clients.add(client);
    client.on('close', () => this.#clients.delete(client));
    client.on('error', (error) => this.#warn('HAProxy stopped sending its log', error));
    client.on('data', (chunk) => {
      const messages = frames.push(chunk);
      if (messages === null) client.destroy(new Error('not octet-counted syslog'));
      else for (const message of messages) this.#note(message);
    });
  }

  #note(message: SyslogMessage): void {
    if (!UUID.test(message.appName)) return;
    if (this.#options.fileBytesMax > 0)
      this.#fileOf(message.appName)?.add(`${message.time} ${message.text.trimEnd()}`);
    if (this.#targets.length > 0) this.#forward(message.raw, 0);
  }

  #fileOf(loadBalancerId: string): BoundedLog | null {
    const known = this.#files.get(loadBalancerId);
    if (known !== undefined || this.#files.size >= FILES_MAX) return known ?? null;
    const { accessLog } = loadBalancerPaths(this.#options.paths, loadBalancerId);
    const file = new BoundedLog(accessLog, this.#options.fileBytesMax);
    this.#files.set(loadBalancerId, file);
    return file;
  }

  /** UDP tells of a target only when it cannot be sent to at all; then the next one gets the line. */
  #forward(message: Buffer, index: number): void {
    const target = this.#targets[index];
    if (target === undefined || this.#sockets === null) return;
    const { host, port } = target;
    this.#sockets[isIPv6(host) ? 6 : 4].send(message, port, host, (error) => {
      if (error === null) return;
      this.#warn(`log line not sent to ${host}:${port}`, error);
      this.#forward(message, index + 1);
    });
  }

  #openUdp(type: 'udp4' | 'udp6'): UdpSocket {
    const socket = createSocket(type).unref();
    socket.on('error', (error) => this.#warn('socket of the syslog targets', error));
    return socket;
  }

  /** Each line of a busy load balancer could cause one. */
  #warn(what: string, error: Error): void {
    const now = performance.now();
    if (now - this.#lastWarnedMs < WARN_INTERVAL_MS) return;
    this.#lastWarnedMs = now;
    this.#options.logger.warn({ error }, what);
  }
}
