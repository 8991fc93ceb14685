import { connect, type Socket } from 'node:net';

const ANSWER_MS_MAX = 30_000;

export interface Answer {
  readonly status: number;
  readonly bytes: number;
}

/**
 * One kept-alive connection that reads no more of an answer than its status and its length, so that the client takes
 * as little of the machine as it can. Answers without a length are not understood.
 */
export class Connection {
  readonly #socket: Socket;
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  #head = '';
  #status = 0;
  #bytes = 0;
  #left = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    const connection = new Connection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return connection;
  }

  ask(text: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting = { resolve, reject };
    this.#socket.write(text);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#left > 0) return this.#take(chunk.length);
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#head.slice(0, end + 2))?.[1];
    if (length === undefined) return this.#fail(new Error(`no length in ${this.#head}`));
    this.#status = Number(this.#head.slice(9, 12));
    this.#bytes = this.#left = Number(length);
    const ofBody = this.#head.length - end - 4;
    this.#head = '';
    this.#take(ofBody);
  }

  #take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left > 0) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: this.#status, bytes: this.#bytes });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
