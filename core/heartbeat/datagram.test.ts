import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDatagram, encodeDatagram, type Wire } from './datagram.ts';
import { heartbeatKey, macOf } from './key.ts';
import type { Heartbeat } from './message.ts';

const key = heartbeatKey('correct horse battery staple');
const previous = heartbeatKey('the key before');
const WIRES: readonly Wire[] = ['octavia', 'native'];

const counter = fc.oneof(fc.constant(0), fc.maxSafeNat());
const word = fc.oneof(
  fc.constantFrom('UP', 'DOWN', 'no check', 'MAINT', 'UP 2/3', 'OPEN', 'FULL'),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
);
const listener = fc.record({
  status: word,
  rxBytes: counter,
  txBytes: counter,
  activeConnections: counter,
  totalConnections: counter,
  requestErrors: counter,
});
const uuid = fc.uuid();
const pool = fc.record({
  poolId: uuid,
  listenerId: fc.option(uuid),
  status: word,
  members: fc.array(fc.tuple(uuid, word), { maxLength: 5 }).map((pairs) => new Map(pairs)),
});
const heartbeat: fc.Arbitrary<Heartbeat> = fc.record({
  amphoraId: uuid,
  sequence: fc.option(fc.maxSafeNat()),
  version: fc.constant(3),
  hasDeltas: fc.constant(true),
  listeners: fc.array(fc.tuple(uuid, listener), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  pools: fc.uniqueArray(pool, {
    maxLength: 4,
    selector: (one) => `${one.poolId}:${one.listenerId}`,
  }),
});

test.each(WIRES)('what goes out on the %s wire comes in unchanged', (wire) => {
  fc.assert(
    fc.property(heartbeat, (sent) => {
      const datagram = encodeDatagram(sent, { wire, key });
      expect(decodeDatagram(datagram, [key])).toEqual({ kind: 'heartbeat', heartbeat: sent });
    }),
    { numRuns: 500 },
  );
});

test.each(WIRES)('while keys rotate, the one before still opens the %s wire', (wire) => {
  const datagram = encodeDatagram(aHeartbeat(), { wire, key: previous });
  expect(decodeDatagram(datagram, [key, previous]).kind).toBe('heartbeat');
  expect(decodeDatagram(datagram, [key])).toEqual({ kind: 'rejected', reason: 'bad-hmac' });
});

test('a total above 2^53 keeps its last digit on both wires', () => {
  const total = 2n ** 60n + 1n;
  const text = JSON.stringify({ id: aHeartbeat().amphoraId, ver: 2, listeners: {}, pools: {} });
  const old = text.replace(
    '"listeners":{}',
    `"listeners":{"l":{"status":"OPEN","stats":{"rx":${total},"tx":0,"conns":0,"totconns":0,"ereq":0}}}`,
  );
  const body = deflateSync(old);
  const octavia = decodeDatagram(Buffer.concat([body, macOf(body, key)]), [key]);
  if (octavia.kind !== 'heartbeat') throw new Error(octavia.reason);
  expect(octavia.heartbeat.listeners.get('l')?.rxBytes).toBe(total);
  const native = encodeDatagram(octavia.heartbeat, { wire: 'native', key });
  expect(decodeDatagram(native, [key])).toEqual(octavia);
});

test('a total that no 64 bit column holds is refused, not rounded', () => {
  const text = `{"id":"${aHeartbeat().amphoraId}","ver":2,"pools":{},"listeners":{"l":{"status":"OPEN","stats":{"rx":${2n ** 63n},"tx":0,"conns":0,"totconns":0,"ereq":0}}}}`;
  const body = deflateSync(text);
  const decoded = decodeDatagram(Buffer.concat([body, macOf(body, key)]), [key]);
  expect(decoded).toEqual({ kind: 'malformed', reason: 'schema' });
});

const FUZZED = 50_000;

test.each(WIRES)('no change to a good %s datagram gets past the signature', (wire) => {
  const good = encodeDatagram(aHeartbeat(), { wire, key });
  const random = seeded(7);
  for (let round = 0; round < FUZZED; round++) {
    const kind = decodeDatagram(mutated(good, random), [key, previous]).kind;
    if (kind !== 'rejected') throw new Error(`round ${round}: ${kind}`);
  }
});

test('random bytes are never a heartbeat', () => {
  const random = seeded(11);
  for (let round = 0; round < FUZZED; round++) {
    const bytes = randomBytes(random, Math.floor(random() * 400));
    // Half of them claim to be native.
    if (round % 2 === 0 && bytes.length > 0) bytes[0] = 0x4f;
    const kind = decodeDatagram(bytes, [key]).kind;
    if (kind !== 'rejected') throw new Error(`round ${round}: ${kind}`);
  }
});

test('whatever an amphora signs, reading it does not throw', () => {
  const random = seeded(13);
  const json = Buffer.from(
    JSON.stringify({ id: aHeartbeat().amphoraId, ver: 3, listeners: {}, pools: {}, seq: 1 }),
  );
  const native = encodeDatagram(aHeartbeat(), { wire: 'native', key });
  for (let round = 0; round < FUZZED / 5; round++) {
    const body = deflateSync(mutated(json, random), { level: 1 });
    decodeDatagram(Buffer.concat([body, macOf(body, key)]), [key]);
    const inner = mutated(native.subarray(6, -32), random);
    const signed = Buffer.concat([native.subarray(0, 6), inner]);
    decodeDatagram(Buffer.concat([signed, macOf(signed, key)]), [key]);
  }
});

function id(digit: number): string {
  return `0000000${digit}-1111-4222-8333-444455556666`;
}

function aHeartbeat(): Heartbeat {
  return {
    amphoraId: id(1),
    sequence: 4711,
    version: 3,
    hasDeltas: true,
    listeners: new Map([
      [
        id(2),
        {
          status: 'OPEN',
          rxBytes: 100,
          txBytes: 2 ** 40,
          activeConnections: 3,
          totalConnections: 17,
          requestErrors: 0,
        },
      ],
    ]),
    pools: [
      {
        poolId: id(3),
        listenerId: id(2),
        status: 'UP',
        members: new Map([
          [id(4), 'UP'],
          [id(5), 'no check'],
          [id(6), 'UP 3/7'],
        ]),
      },
    ],
  };
}

/** One of: a flipped bit, bytes overwritten, cut off, appended, removed from the middle. Never the input itself. */
function mutated(good: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * good.length);
  switch (Math.floor(random() * 5)) {
    case 0: {
      const flipped = Buffer.from(good);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      return flipped;
    }
    case 1: {
      const length = 1 + Math.floor(random() * 8);
      const noise = Buffer.concat([
        good.subarray(0, at),
        randomBytes(random, length),
        good.subarray(at + length),
      ]);
      return noise.equals(good) ? good.subarray(1) : noise;
    }
    case 2:
      return good.subarray(0, at);
    case 3:
      return Buffer.concat([good, randomBytes(random, 1 + Math.floor(random() * 8))]);
    default:
      return Buffer.concat([good.subarray(0, at), good.subarray(at + 1)]);
  }
}

function randomBytes(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

/** mulberry32: the same bytes every run, so that a failing round can be seen again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
