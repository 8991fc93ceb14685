import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ReceiveCoalescing } from './receive-coalescing.ts';

export interface ReceiverOptions {
  readonly host: string;
  readonly port: number;
  /** Several sockets on one port, among which the kernel spreads the senders. */
  readonly isShared: boolean;
  /** SO_RCVBUF; 0: the kernel's default. */
  readonly receiveBufferBytes: number;
  received(datagram: Buffer): void;
  /** Rests between datagrams that come fast; none: each is taken at once. */
  readonly coalescing?: Pick<ReceiveCoalescing, 'took'>;
}

/** One UDP socket. It hands on what arrives and knows nothing of what is in it. */
export class Receiver {
  readonly #options: ReceiverOptions;
  #socket: Socket | null = null;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** The port bound, for when 0 was asked for. */
  get port(): number {
    return this.#socket?.address().port ?? 0;
  }

  /** What the kernel really gave: it doubles what is asked for and caps it at net.core.rmem_max. */
  get receiveBufferBytes(): number {
    return this.#socket?.getRecvBufferSize() ?? 0;
  }

  async start(): Promise<void> {
    if (this.#socket) return;
    const { host, port, isShared, receiveBufferBytes } = this.#options;
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', reusePort: isShared });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    if (receiveBufferBytes > 0) socket.setRecvBufferSize(receiveBufferBytes);
    socket.on('message', (datagram) => {
      this.#options.coalescing?.took();
      this.#options.received(datagram);
    });
    this.#socket = socket;
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
