import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { SeldomWarning, type SyslogTarget, type SyslogTargetOptions } from './syslog-target.ts';

/** UDP tells of a server only when it cannot be sent to at all; then the next one gets the message. */
export class UdpSyslog implements SyslogTarget {
  readonly #servers;
  readonly #seldom: SeldomWarning;
  #sockets: Readonly<Record<4 | 6, Socket>> | null = null;

  constructor({ servers, logger }: SyslogTargetOptions) {
    this.#servers = servers;
    this.#seldom = new SeldomWarning(logger);
  }

  start(): void {
    this.#sockets ??= { 4: this.#open('udp4'), 6: this.#open('udp6') };
  }

  send(message: Buffer): void {
    this.#sendTo(0, message);
  }

  async stop(): Promise<void> {
    for (const socket of Object.values(this.#sockets ?? {})) socket.close();
    this.#sockets = null;
  }

  #sendTo(index: number, message: Buffer): void {
    const server = this.#servers[index];
    if (server === undefined || this.#sockets === null) return;
    const { host, port } = server;
    this.#sockets[isIPv6(host) ? 6 : 4].send(message, port, host, (error) => {
      if (error === null) return;
      this.#seldom.warn(`log line not sent to ${host}:${port}`, { error });
      this.#sendTo(index + 1, message);
    });
  }

  #open(type: 'udp4' | 'udp6'): Socket {
    const socket = createSocket(type).unref();
    socket.on('error', (error) => this.#seldom.warn('socket of the syslog servers', { error }));
    return socket;
  }
}
