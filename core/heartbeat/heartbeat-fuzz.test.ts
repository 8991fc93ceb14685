import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodeDatagram, type Wire } from './datagram.ts';
import { HeartbeatReader } from './heartbeat-reader.ts';
import { heartbeatKey, MAC_BYTES, macOf } from './key.ts';
import { HEAD_BYTES, NATIVE_MAGIC } from './msgpack-layout.ts';
import { encodeOctaviaHeartbeat } from './octavia-writer.ts';
import { aHeartbeat } from './testing/heartbeats.ts';
import { mutated, randomBytes, seeded } from './testing/mutations.ts';

/** A million inputs, split by how far into the reader they get. */
const STRANGERS = 500_000;
const NOISE = 300_000;
const SIGNED_NATIVE = 150_000;
const SIGNED_STREAMS = 30_000;
const SIGNED_JSON = 20_000;
const ROUNDS_A_TURN = 500;
const TIMEOUT_MS = 300_000;
const TURNS_MAX = 50;
const RETAINED_BYTES_MAX = 16 * 1024 * 1024;

const key = heartbeatKey('the key in force');
const keys = [key, heartbeatKey('the other key')];
const UNSIGNED = new Set(['too-short', 'bad-hmac']);
const WIRES: readonly Wire[] = ['octavia', 'native'];

const folder = new URL('testdata/', import.meta.url);
const golden = readdirSync(folder)
  .filter((file) => file.endsWith('.bin'))
  .map((file) => readFileSync(new URL(file, folder)));

test('no change to a good datagram gets past the signature', { timeout: TIMEOUT_MS }, () => {
  const reader = new HeartbeatReader(keys);
  const random = seeded(7);
  const good = WIRES.map((wire) => encodeDatagram(aHeartbeat(), { wire, key }));
  for (let round = 0; round < STRANGERS; round++) {
    const outcome = reader.read(mutated(good[round % good.length] as Buffer, random));
    if (!UNSIGNED.has(outcome)) throw new Error(`round ${round}: ${outcome}`);
  }
});

test('random bytes and pieces of datagrams are never a heartbeat', { timeout: TIMEOUT_MS }, () => {
  const reader = new HeartbeatReader(keys);
  const random = seeded(11);
  const noise = Buffer.concat([randomBytes(random, 65_536), ...golden]);
  for (let round = 0; round < NOISE; round++) {
    const start = Math.floor(random() * noise.length);
    const piece = noise.subarray(start, start + Math.floor(random() * random() * 1500));
    // Some of them claim to be native.
    if (round % 4 === 0 && piece.length > 0) piece[0] = NATIVE_MAGIC;
    const outcome = reader.read(piece);
    if (!UNSIGNED.has(outcome)) throw new Error(`round ${round}: ${outcome}`);
  }
});

test('whatever is signed natively is read or refused', { timeout: TIMEOUT_MS }, async () => {
  const good = encodeDatagram(aHeartbeat(), { wire: 'native', key });
  const head = good.subarray(0, HEAD_BYTES);
  const body = good.subarray(HEAD_BYTES, -MAC_BYTES);
  await readAll(SIGNED_NATIVE, 13, (random, round) => {
    const rubbish = round % 10 === 0 ? randomBytes(random, round % 90) : mutated(body, random);
    return Buffer.concat([head, rubbish]);
  });
});

test('whatever stream is signed is read or refused', { timeout: TIMEOUT_MS }, async () => {
  const good = golden.map((datagram) => datagram.subarray(0, -2 * MAC_BYTES));
  await readAll(SIGNED_STREAMS, 17, (random, round) => {
    const stream = good[round % good.length] as Buffer;
    return stream.length < 4096 ? mutated(stream, random) : randomBytes(random, round % 500);
  });
});

test('whatever JSON is signed is read or refused', { timeout: TIMEOUT_MS }, async () => {
  const json = encodeOctaviaHeartbeat(aHeartbeat());
  await readAll(SIGNED_JSON, 19, (random) => deflateSync(mutated(json, random), { level: 1 }));
});

/** Signs and reads. @throws when the reader does, when what it took cannot be had as objects, or when memory stays taken */
async function readAll(
  rounds: number,
  seed: number,
  next: (random: () => number, round: number) => Buffer,
): Promise<void> {
  const reader = new HeartbeatReader(keys);
  const random = seeded(seed);
  const outcomes = new Set<string>();
  const before = retainedBytes();
  for (let round = 0; round < rounds; round++) {
    // zlib lets go of what it failed on only when its turn comes.
    if (round % ROUNDS_A_TURN === 0) await turn();
    const body = next(random, round);
    const outcome = reader.read(Buffer.concat([body, macOf(body, key)]));
    outcomes.add(outcome);
    if (outcome === 'bad-hmac' && body[0] !== NATIVE_MAGIC)
      throw new Error(`round ${round}: its signature was not seen`);
    if (outcome === 'heartbeat') reader.view.heartbeat();
  }
  expect(outcomes).toContain('heartbeat');
  expect(outcomes.size).toBeGreaterThan(2);
  // What is only late to be let go of goes within some turns; what leaks stays.
  let retained = retainedBytes() - before;
  for (let turns = 0; turns < TURNS_MAX && retained >= RETAINED_BYTES_MAX; turns++) {
    await turn();
    retained = retainedBytes() - before;
  }
  expect(retained).toBeLessThan(RETAINED_BYTES_MAX);
}

function retainedBytes(): number {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
