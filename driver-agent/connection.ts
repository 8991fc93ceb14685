import type { Socket } from 'node:net';
import { EMPTY_FRAME, encodeFrame, frameReader } from './frame.ts';

export type Ending = 'answered' | 'failed' | 'malformed' | 'late' | 'cut-off' | 'busy' | 'gone';

export interface ConnectionOptions {
  readonly sizeMax: number;
  /** For the request to arrive in whole, and again for the answer to be read. */
  readonly timeoutMs: number;
  /** Works on one request; may wait for its turn. */
  readonly handle: (request: unknown) => Promise<unknown>;
  /** The answer to what cannot be worked on; null: the empty frame. */
  readonly refusal: (reason: string) => unknown;
  /** Told how many bytes more, or less, are held for requests that are not whole. @returns whether there is room */
  readonly hold: (bytes: number) => boolean;
  readonly onFailure: (error: unknown) => void;
}

export const BUSY = 'too many clients at once; try again later';

/** One client with its one request. Whatever it does or leaves undone, it is over within bounds. */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #ended = Promise.withResolvers<Ending>();
  #timer: NodeJS.Timeout;
  #heldBytes = 0;
  #isReading = true;
  #ending: Ending | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timer = setTimeout(
      () => this.refuse('late', 'the request did not arrive in time'),
      options.timeoutMs,
    );
    socket.on('error', () => {});
    socket.once('close', () => this.#close());
    this.#read();
  }

  get isReading(): boolean {
    return this.#isReading;
  }

  /** Whether it waits for its client, which has not sent its request yet or not taken its answer. */
  get isIdle(): boolean {
    return this.#isReading || this.#ending !== undefined;
  }

  /** Resolves once it is over. */
  get ended(): Promise<Ending> {
    return this.#ended.promise;
  }

  /** Says why and closes. */
  refuse(ending: Ending, reason: string): void {
    this.#answer(ending, this.#options.refusal(reason));
  }

  /** Ends one that is idle, because others need its place. */
  giveWay(): void {
    if (!this.#isReading) return void this.#socket.destroy();
    this.refuse('busy', BUSY);
    this.#socket.destroySoon();
  }

  #read(): void {
    const reader = frameReader(this.#options.sizeMax);
    this.#socket.on('data', (chunk) => {
      // What comes after the request is thrown away: a close with bytes unread would cost the client its answer.
      if (!this.#isReading) return;
      const received = reader.push(chunk);
      if (!this.#hold(reader.bufferedBytes))
        return this.refuse('busy', 'too many large requests at once; try again later');
      switch (received.kind) {
        case 'incomplete':
          return;
        case 'malformed':
          return this.refuse('malformed', received.reason);
        case 'whole':
          this.#isReading = false;
          clearTimeout(this.#timer);
          void this.#work(received.body);
      }
    });
    this.#socket.on('end', () => {
      if (this.#isReading) this.refuse('cut-off', 'the connection ended before the whole request');
    });
  }

  async #work(body: Buffer): Promise<void> {
    const request = parseJson(body);
    if (request === undefined) return this.refuse('malformed', 'the request is not JSON');
    try {
      this.#answer('answered', await this.#options.handle(request));
    } catch (error) {
      this.#options.onFailure(error);
      this.refuse('failed', 'the request could not be worked on; see the log of the driver agent');
    }
  }

  #answer(ending: Ending, value: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#isReading = false;
    this.#hold(0);
    clearTimeout(this.#timer);
    if (this.#socket.destroyed) return;
    this.#timer = setTimeout(() => this.#socket.destroy(), this.#options.timeoutMs);
    this.#socket.end(value === null ? EMPTY_FRAME : encodeFrame(value));
  }

  #hold(bytes: number): boolean {
    const more = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    return this.#options.hold(more);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#isReading = false;
    this.#hold(0);
    this.#ended.resolve(this.#ending ?? 'gone');
    this.#ending ??= 'gone';
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
