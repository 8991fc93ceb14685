import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heartbeatKey, MAC_BYTES } from './key.ts';
import { HEAD_BYTES } from './msgpack-layout.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { decodeNativeBody } from './msgpack-wire.ts';
import { encodeNativeDatagram } from './msgpack-writer.ts';
import { aHeartbeat, plainHeartbeats } from './testing/heartbeats.ts';
import { mutated, seeded } from './testing/mutations.ts';
import { summaryOf } from './testing/view-summary.ts';
import { ViewBuffer } from './view-buffer.ts';

const MUTATIONS = 30_000;
const EPOCH = 1_700_000_000;
const key = heartbeatKey('any');

test('what an amphora sends needs no decoder', () => {
  fc.assert(
    fc.property(plainHeartbeats(3), (heartbeat) => {
      const body = bodyOf(encodeNativeDatagram(heartbeat, EPOCH, key));
      expect(scan(body)).toEqual(decoded(body));
      expect(scan(body)).not.toBeNull();
    }),
    { numRuns: 500 },
  );
});

test('a message that something happened to is scanned as it is decoded, or left to the decoder', () => {
  const random = seeded(23);
  const samples = fc.sample(plainHeartbeats(3), { numRuns: 40, seed: 1 });
  const bodies = [aHeartbeat(), ...samples].map((heartbeat) =>
    bodyOf(encodeNativeDatagram(heartbeat, EPOCH, key)),
  );
  let scanned = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const body = mutated(bodies[round % bodies.length] as Buffer, random);
    const summary = scan(body);
    if (summary === null) continue;
    scanned++;
    expect(summary, body.toString('hex')).toEqual(decoded(body));
  }
  expect(scanned).toBeGreaterThan(MUTATIONS / 20);
});

test('counters of any size up to 2^53 - 1 are read exactly', () => {
  const counters = [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const [listenerId, listener] = [...aHeartbeat().listeners][0] ?? [];
  if (listenerId === undefined || listener === undefined) throw new Error('a listener is needed');
  for (const rxBytes of counters) {
    const listeners = new Map([[listenerId, { ...listener, rxBytes }]]);
    const datagram = encodeNativeDatagram({ ...aHeartbeat(), listeners }, EPOCH, key);
    expect(scan(bodyOf(datagram))?.listeners[0]?.counters[0]).toBe(rxBytes);
  }
});

test('an epoch beyond 32 bits is refused', () => {
  const body = bodyOf(encodeNativeDatagram(aHeartbeat(), 2 ** 32, key));
  expect(scan(body)).toBeNull();
  expect(decodeNativeBody(body)).toEqual({ kind: 'malformed', reason: 'schema' });
});

function bodyOf(datagram: Buffer): Buffer {
  return datagram.subarray(HEAD_BYTES, -MAC_BYTES);
}

function scan(body: Buffer) {
  const view = new ViewBuffer(() => aHeartbeat());
  const around = Buffer.concat([Buffer.alloc(HEAD_BYTES), body, Buffer.alloc(MAC_BYTES, 1)]);
  const isScanned = new MsgpackScanner(view).scan(around, HEAD_BYTES, HEAD_BYTES + body.length);
  return isScanned ? summaryOf(view) : null;
}

function decoded(body: Buffer) {
  const message = decodeNativeBody(body);
  if (message.kind === 'malformed') throw new Error(`${message.reason}: ${body.toString('hex')}`);
  const view = new ViewBuffer(() => message.heartbeat);
  const { digestHigh: high, digestLow: low } = message;
  view.fill(message.heartbeat, message.epoch, { high, low });
  return summaryOf(view);
}
