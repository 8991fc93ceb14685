import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adlerOf } from './adler.ts';
import { Inflater } from './inflate.ts';
import { usualHeartbeats } from './testing/heartbeats.ts';
import { mutated, randomBytes, seeded } from './testing/mutations.ts';
import { octaviaJson } from './testing/octavia-json.ts';

const LEVELS = [1, 6, 9];
const ROUNDS = 20_000;
/** zlib lets go of what it failed on only when its turn comes. */
const ROUNDS_A_TURN = 500;

test.each(LEVELS)('heartbeats of level %d are unfolded without zlib', (level) => {
  const inflater = new Inflater();
  const heartbeats = fc.sample(usualHeartbeats(3), { numRuns: 500, seed: level });
  const streams = heartbeats.map((heartbeat) => deflateSync(octaviaJson(heartbeat), { level }));
  const short = streams.filter(({ length }) => length <= 1024);
  expect(short.length).toBeGreaterThan(200);
  for (const stream of short) expect(agree(inflater, stream)).toBe(true);
});

test('texts of every alphabet and length are unfolded as zlib unfolds them, or left to it', () => {
  const random = seeded(3);
  const inflater = new Inflater();
  let own = 0;
  for (let round = 0; round < ROUNDS / 4; round++) {
    const alphabet = 1 + Math.floor(random() * 256);
    const source = randomBytes(random, Math.floor(random() * random() * 4000));
    for (let index = 0; index < source.length; index++)
      source[index] = (source[index] as number) % alphabet;
    const stream = deflateSync(Buffer.concat([source, source.subarray(0, round % 300)]), {
      level: round % 10,
      strategy: round % 5,
      memLevel: 1 + (round % 9),
    });
    if (agree(inflater, stream)) own++;
  }
  expect(own).toBeGreaterThan(ROUNDS / 40);
});

test('a stream that something happened to is unfolded as zlib unfolds it, or left to it', async () => {
  const random = seeded(5);
  const inflater = new Inflater();
  const folder = new URL('testdata/', import.meta.url);
  const streams = readdirSync(folder)
    .filter((file) => file.startsWith('g') && file.endsWith('.bin'))
    .map((file) => readFileSync(new URL(file, folder)).subarray(0, -64));
  let own = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (round % ROUNDS_A_TURN === 0) await turn();
    const good = streams[round % streams.length] as Buffer;
    // Most changes are found by the checksum; without it the decoder itself is held against zlib's.
    const stream = mutated(good.subarray(0, -4), random);
    agree(inflater, Buffer.concat([stream, randomBytes(random, 4)]));
    if (agree(inflater, withRightChecksum(stream))) own++;
  }
  expect(own).toBeGreaterThan(ROUNDS / 100);
});

test('random bytes are unfolded as zlib unfolds them, or left to it', async () => {
  const random = seeded(7);
  const inflater = new Inflater();
  let own = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (round % ROUNDS_A_TURN === 0) await turn();
    const noise = randomBytes(random, 2 + Math.floor(random() * 60));
    // Behind a good header, and as a last block of each kind.
    noise[0] = 0x78;
    noise[1] = 0xda;
    noise[2] = ((noise[2] ?? 0) & ~7) | 1 | ((round % 3) << 1);
    if (agree(inflater, withRightChecksum(noise))) own++;
  }
  expect(own).toBeGreaterThan(ROUNDS / 100);
});

test('what unfolds to more than a heartbeat is left to zlib', () => {
  const bomb = deflateSync(Buffer.alloc(200_000, 'a'), { level: 9 });
  expect(bomb.length).toBeLessThan(1024);
  expect(new Inflater().inflate(bomb, bomb.length)).toBe(-1);
});

test('what follows the given length is not read', () => {
  const stream = deflateSync('{"id": "a"}');
  const inflater = new Inflater();
  for (let length = 0; length < stream.length; length++)
    expect(inflater.inflate(stream, length)).toBe(-1);
  expect(text(inflater, inflater.inflate(stream, stream.length))).toBe('{"id": "a"}');
});

/** @returns whether it did it itself @throws when zlib says otherwise */
function agree(inflater: Inflater, stream: Buffer): boolean {
  const length = inflater.inflate(stream, stream.length);
  if (length < 0) return false;
  const reference = inflateSync(stream);
  if (!reference.equals(inflater.output.subarray(0, length)))
    throw new Error(`not as zlib unfolds ${stream.toString('hex')}`);
  return true;
}

/** Ends where its last block ends, with the checksum of what it unfolds to; if it does. */
function withRightChecksum(stream: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  try {
    const { buffer, engine } = inflateRawSync(stream.subarray(2), { info: true }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    checksum.writeInt32BE(adlerOf(buffer, buffer.length));
    return Buffer.concat([stream.subarray(0, 2 + engine.bytesWritten), checksum]);
  } catch {
    return Buffer.concat([stream, checksum]);
  }
}

function text(inflater: Inflater, length: number): string {
  return inflater.output.toString('utf8', 0, length);
}
