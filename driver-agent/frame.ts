/** What has arrived of a request so far. */
export type Received =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'malformed'; readonly reason: string };

export interface FrameReader {
  /** Memory held for the request that is not whole yet. */
  readonly bufferedBytes: number;
  /** To be called with each chunk until it answers something else than incomplete. Never throws. */
  push(chunk: Buffer): Received;
}

const LENGTH_DIGITS_MAX = 10;
const LENGTH = /^\d{1,10}$/;
const NEWLINE = 0x0a;
// What a chunk costs beside its bytes, so that a client that sends single bytes pays for it.
const CHUNK_OVERHEAD_BYTES = 256;

/**
 * Reads one request in octavia-lib's framing: its length in decimal digits, a newline, then that many bytes.
 * It holds no more than has arrived, so that an announced length costs nothing.
 */
export function frameReader(sizeMax: number): FrameReader {
  let header = Buffer.alloc(0);
  let expectedBytes: number | undefined;
  let chunks: Buffer[] = [];
  let bodyBytes = 0;

  const readHeader = (chunk: Buffer): Received | Buffer => {
    header = Buffer.concat([header, chunk.subarray(0, LENGTH_DIGITS_MAX + 1)]);
    const end = header.indexOf(NEWLINE);
    if (end === -1 && header.length <= LENGTH_DIGITS_MAX) return { kind: 'incomplete' };
    const digits = header.toString('latin1', 0, end === -1 ? LENGTH_DIGITS_MAX : end);
    if (end === -1 || !LENGTH.test(digits))
      return malformed('a request begins with its length in decimal digits and a newline');
    const length = Number(digits);
    if (length > sizeMax)
      return malformed(`the request has ${length} bytes; at most ${sizeMax} are accepted`);
    expectedBytes = length;
    // Of this chunk, what came before the newline was the header.
    return chunk.subarray(
      end + 1 - (header.length - Math.min(chunk.length, LENGTH_DIGITS_MAX + 1)),
    );
  };

  return {
    get bufferedBytes() {
      return bodyBytes + chunks.length * CHUNK_OVERHEAD_BYTES;
    },
    push(chunk) {
      let body = chunk;
      if (expectedBytes === undefined) {
        const rest = readHeader(chunk);
        if (!Buffer.isBuffer(rest)) return rest;
        body = rest;
      }
      chunks.push(body);
      bodyBytes += body.length;
      if (expectedBytes === undefined || bodyBytes < expectedBytes) return { kind: 'incomplete' };
      const whole = Buffer.concat(chunks).subarray(0, expectedBytes);
      chunks = [];
      bodyBytes = 0;
      return { kind: 'whole', body: whole };
    },
  };
}

/** An answer in the same framing. */
export function encodeFrame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value), 'utf8');
  return Buffer.concat([Buffer.from(`${body.length}\n`, 'latin1'), body]);
}

/**
 * No answer at all: a client of octavia-lib fails on it at once, while a connection that is merely closed leaves it
 * polling for half a minute.
 */
export const EMPTY_FRAME = Buffer.from('0\n', 'latin1');

function malformed(reason: string): Received {
  return { kind: 'malformed', reason };
}
