import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { encodeDatagram, type Wire } from '#core/heartbeat/datagram.ts';
import { type HeartbeatKey, heartbeatKey } from '#core/heartbeat/key.ts';
import type { Heartbeat } from '#core/heartbeat/message.ts';
import { NODE_FLAGS } from '../node-flags.ts';
import { eventually } from './eventually.ts';

export const KEY = 'a key for tests';

export interface ManagerOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Lines of `[health_manager]`. */
  readonly settings?: readonly string[];
}

type LogLine = Readonly<Record<string, unknown>>;

/** The real daemon as a process of its own, with what it logs and counts. */
export class HealthManager {
  readonly #options: ManagerOptions;
  readonly #sockets = new Set<Socket>();
  readonly logs: LogLine[] = [];
  #child: ChildProcess | undefined;
  #folder = '';
  #telemetryPort = 0;
  #port = 0;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Where it receives heartbeats, once started. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'octavia-health-'));
    this.#telemetryPort = await freePort();
    const file = join(this.#folder, 'octavia.conf');
    await writeFile(file, this.#configuration());
    const main = new URL('../main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [...NODE_FLAGS, main, '--config-file', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.logs.push(parsed(line)));
    const receiving = await eventually(() => this.logged('receiving heartbeats')[0]);
    this.#port = Number(receiving.port);
    await eventually(() => this.logged('ready')[0]);
  }

  logged(message: string): readonly LogLine[] {
    return this.logs.filter((line) => line.message === message);
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#telemetryPort}/metrics`)).text();
  }

  /** @param name with labels as they are printed, without the `service` */
  async metric(name: string): Promise<number> {
    const [metric, labels = ''] = name.split('{');
    const wanted = labels === '' ? `${metric}{` : `${metric}{${labels.replace('}', '')}`;
    const lines = (await this.metrics()).split('\n').filter((line) => line.startsWith(wanted));
    return lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  }

  /** Sends one datagram from a port of its own. */
  async sendRaw(datagram: Buffer): Promise<void> {
    const socket = createSocket('udp4');
    this.#sockets.add(socket);
    await new Promise<void>((resolve) =>
      socket.send(datagram, this.#port, '127.0.0.1', () => resolve()),
    );
    this.#sockets.delete(socket);
    socket.close();
  }

  send(
    heartbeat: Heartbeat,
    wire: Wire = 'native',
    key: HeartbeatKey = heartbeatKey(KEY),
  ): Promise<void> {
    return this.sendRaw(encodeDatagram(heartbeat, { wire, key }));
  }

  /** SIGTERM. @returns the exit code */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (!child) return null;
    this.#child = undefined;
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
    return child.exitCode;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    this.#child = undefined;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #configuration(): string {
    return [
      '[database]',
      `connection = ${this.#options.databaseUrl}`,
      'retry_interval = 1',
      '[redis]',
      `url = ${this.#options.redisUrl}`,
      '[health_manager]',
      'bind_port = 0',
      `heartbeat_key = ${KEY}`,
      'heartbeat_interval = 1',
      'heartbeat_timeout = 2',
      ...(this.#options.settings ?? []),
      '[telemetry]',
      `health_ingest_port = ${this.#telemetryPort}`,
      '',
    ].join('\n');
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { message: line };
  }
}
