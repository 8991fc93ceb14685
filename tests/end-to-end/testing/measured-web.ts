import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';

const TIMEOUT_MS = 60_000;
/** The kernel lets the packet pass that empties the bucket, and on veth pairs packets are this large. */
const PACKET_BYTES = 65_536;
const ENDLESS_BYTES = 100_000_000_000;
const CHUNK = Buffer.alloc(16_384);

/** A QoS policy's rule, as it was declared. */
export interface Limit {
  readonly maxKbps: number;
  readonly maxBurstKbps: number;
}

/** What arrived, and how long it took by the clock of who received it, who also asked for it. */
export interface Transfer {
  readonly bytes: number;
  readonly seconds: number;
}

/** The most that may arrive in that time, however slow and busy everybody is: that only makes it less. */
export function isWithin({ bytes, seconds }: Transfer, limit: Limit): boolean {
  const kilobits = limit.maxBurstKbps + limit.maxKbps * seconds;
  return bytes <= kilobits * 125 + PACKET_BYTES;
}

/** A web server on the host's address in a tenant network: gives as many bytes as are asked for, counts what it gets. */
export class MeasuredWeb {
  readonly #server: Server = createServer((request_, response) => {
    let left = Number(new URL(request_.url ?? '/', 'http://web').searchParams.get('bytes'));
    let received = 0;
    request_.on('data', (chunk: Buffer) => (received += chunk.length));
    request_.on('end', () => {
      response.setHeader('x-received', received);
      const send = (): void => {
        while (left > 0) {
          const isFull = !response.write(CHUNK.subarray(0, left));
          left -= Math.min(left, CHUNK.length);
          if (isFull) return void response.once('drain', send);
        }
        response.end();
      };
      send();
    });
  });

  /** @returns the port */
  async start(address: string): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, address, resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export async function download(url: string, bytes: number): Promise<Transfer> {
  return measured(new URL(`?bytes=${bytes}`, url), null);
}

/** One that goes on until it is stopped, over one connection. */
export class RunningDownload {
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #bytes = 0;
  #markedAtMs = performance.now();

  constructor(url: string) {
    this.#done = this.#receive(new URL(`?bytes=${ENDLESS_BYTES}`, url)).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) throw error;
    });
  }

  /** From now on. */
  mark(): void {
    this.#bytes = 0;
    this.#markedAtMs = performance.now();
  }

  get sinceMark(): Transfer {
    return { bytes: this.#bytes, seconds: (performance.now() - this.#markedAtMs) / 1000 };
  }

  /** @throws Error when the connection broke before */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #receive(url: URL): Promise<void> {
    const { body } = await request(url, { reset: true, signal: this.#abort.signal });
    for await (const chunk of body) this.#bytes += (chunk as Buffer).length;
  }
}

export async function upload(url: string, bytes: number): Promise<Transfer> {
  return measured(new URL(url), Buffer.alloc(bytes));
}

/** By a connection of its own. @throws Error when not all of it arrives */
async function measured(url: URL, sent: Buffer | null): Promise<Transfer> {
  const startedAtMs = performance.now();
  const { statusCode, headers, body } = await request(url, {
    method: sent === null ? 'GET' : 'POST',
    body: sent,
    reset: true,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  let bytes = 0;
  for await (const chunk of body) bytes += (chunk as Buffer).length;
  const seconds = (performance.now() - startedAtMs) / 1000;
  if (statusCode !== 200) throw new Error(`${url.href} answered ${statusCode}`);
  return { bytes: sent === null ? bytes : Number(headers['x-received']), seconds };
}
