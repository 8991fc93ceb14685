import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { BoundedLog } from './apply/bounded-log.ts';
import { type AgentPaths, loadBalancerPaths } from './paths.ts';
import { SyslogFrames, type SyslogMessage } from './syslog-frames.ts';
import { FIRST_LOCAL_FACILITY, ownMessage } from './syslog-message.ts';
import { SeldomWarning, type SyslogTarget } from './syslog-target.ts';

export interface AccessLogOptions {
  readonly paths: AgentPaths;
  /** Of a file; it and its predecessor may have as much. 0: no files. */
  readonly fileBytesMax: number;
  readonly tenants: LogChannel;
  readonly administrators: LogChannel;
  readonly logger: Logger;
}

/** Whose lines HAProxy tells apart by facility; each goes where it belongs. */
export interface LogChannel {
  /** n of syslog's LOCALn. */
  readonly facility: number;
  readonly target: SyslogTarget;
}

const CONNECTIONS_MAX = 64;
const FILES_MAX = 64;
/** Connections are told at this level; what HAProxy says of its servers, at others, is no tenant's. */
const INFO = 6;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** HAProxy is not root. */
const SOCKET_MODE = 0o666;

/** Takes log lines from HAProxy: tenants' into a file a load balancer and to a syslog server, administrators' to theirs. */
export class AccessLogs implements Service {
  readonly name = 'access logs';
  readonly #options: AccessLogOptions;
  readonly #files = new Map<string, BoundedLog>();
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #seldom: SeldomWarning;

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#seldom = new SeldomWarning(options.logger);
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
    for (const { target } of this.#channels()) target.start();
  }

  async stop(): Promise<void> {
    if (this.#server.listening)
      await new Promise<void>((resolve) => {
        this.#server.close(() => resolve());
        for (const client of this.#clients) client.destroy();
      });
    for (const file of this.#files.values()) await file.flush();
    await Promise.all(this.#channels().map(({ target }) => target.stop()));
  }

  /** @param line of the agent's own log */
  tellAdministrators(line: string): void {
    const { facility, target } = this.#options.administrators;
    target.send(ownMessage(line, FIRST_LOCAL_FACILITY + facility));
  }

  #channels(): readonly LogChannel[] {
    return [this.#options.tenants, this.#options.administrators];
  }

  #take(client: Socket): void {
    const frames = new SyslogFrames();
    this.#clients.add(client);
    client.on('close', () => this.#clients.delete(client));
    client.on('error', (error) => this.#seldom.warn('HAProxy stopped sending its log', { error }));
    client.on('data', (chunk) => {
      const messages = frames.push(chunk);
      if (messages === null) client.destroy(new Error('not octet-counted syslog'));
      else for (const message of messages) this.#note(message);
    });
  }

  #note({ facility, severity, appName, time, text, raw }: SyslogMessage): void {
    if (!UUID.test(appName)) return;
    const { tenants, administrators, fileBytesMax } = this.#options;
    if (facility === FIRST_LOCAL_FACILITY + administrators.facility)
      administrators.target.send(raw);
    if (facility !== FIRST_LOCAL_FACILITY + tenants.facility || severity !== INFO) return;
    tenants.target.send(raw);
    if (fileBytesMax > 0) this.#fileOf(appName)?.add(`${time} ${text.trimEnd()}`);
  }

  #fileOf(loadBalancerId: string): BoundedLog | null {
    const known = this.#files.get(loadBalancerId);
    if (known !== undefined || this.#files.size >= FILES_MAX) return known ?? null;
    const { accessLog } = loadBalancerPaths(this.#options.paths, loadBalancerId);
    const file = new BoundedLog(accessLog, this.#options.fileBytesMax);
    this.#files.set(loadBalancerId, file);
    return file;
  }
}
