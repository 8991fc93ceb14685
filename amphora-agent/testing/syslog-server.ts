import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SyslogFrames } from '../syslog-frames.ts';

/** Takes syslog over TCP, and remembers each message. */
export class SyslogServer {
  readonly received: string[] = [];
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor() {
    this.#server = createServer((client) => this.#take(client));
  }

  /** @param port left out: any that is free */
  static async open(port = 0): Promise<SyslogServer> {
    const opened = new SyslogServer();
    opened.#server.listen(port);
    await once(opened.#server, 'listening');
    return opened;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(client: Socket): void {
    const frames = new SyslogFrames();
    this.#clients.add(client);
    client.on('error', () => {});
    client.on('close', () => this.#clients.delete(client));
    client.on('data', (chunk) => {
      for (const { raw } of frames.push(chunk) ?? []) this.received.push(raw.toString('utf8'));
    });
  }
}
