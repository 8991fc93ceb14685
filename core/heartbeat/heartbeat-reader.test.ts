import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeDatagram, type Wire } from './datagram.ts';
import { HeartbeatReader } from './heartbeat-reader.ts';
import { heartbeatKey, macOf } from './key.ts';
import type { Heartbeat } from './message.ts';
import { HEAD_BYTES } from './msgpack-layout.ts';
import { decodeNativeBody } from './msgpack-wire.ts';
import { decodeOctaviaHeartbeat } from './octavia-wire.ts';
import { digestOf } from './status-digest.ts';
import { aHeartbeat, idOf, oddHeartbeats, plainHeartbeats } from './testing/heartbeats.ts';
import { octaviaJson } from './testing/octavia-json.ts';
import { summaryOf } from './testing/view-summary.ts';
import type { HeartbeatView } from './view.ts';
import { ViewBuffer } from './view-buffer.ts';

const current = heartbeatKey('correct horse battery staple');
const other = heartbeatKey('the key before, or the next one');
const WIRES: readonly Wire[] = ['octavia', 'native'];
const VERSIONS = [0, 1, 2, 3];

describe.each(WIRES)('on the %s wire', (wire) => {
  test('what goes out comes in unchanged', () => {
    const reader = new HeartbeatReader([current]);
    fc.assert(
      fc.property(plainHeartbeats(3), (sent) => {
        const datagram = encodeDatagram(sent, { wire, key: current, epoch: 1_700_000_000 });
        expect(reader.read(datagram)).toBe('heartbeat');
        expect(reader.view.heartbeat()).toEqual(sent);
        expect(summaryOf(reader.view)).toEqual(
          summaryOf(viewOf(sent, wire === 'native' ? 1_700_000_000 : 0)),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('the same heartbeat is the same bytes', () => {
    const options = { wire, key: current, epoch: 7 };
    expect(encodeDatagram(aHeartbeat(), options)).toEqual(encodeDatagram(aHeartbeat(), options));
  });

  test('a key in force opens it, whichever place it has, and no other does', () => {
    const datagram = encodeDatagram(aHeartbeat(), { wire, key: other });
    const outcomes = [[current, other], [other, current], [other], [current], []].map((keys) =>
      new HeartbeatReader(keys).read(datagram),
    );
    const ring = new HeartbeatReader([current, other]);
    const places = [current, other].map((key) => {
      ring.read(encodeDatagram(aHeartbeat(), { wire, key }));
      return ring.keyPlace;
    });
    expect(places).toEqual([0, 1]);
    expect(outcomes).toEqual(['heartbeat', 'heartbeat', 'heartbeat', 'bad-hmac', 'bad-hmac']);
  });

  test('while the key rotates, every heartbeat is read at every step', () => {
    const [before, after] = [current, other];
    const controllers = {
      old: [before],
      told: [before, after],
      turned: [after, before],
      done: [after],
    };
    const read = (keys: typeof controllers.old, key: typeof before) =>
      new HeartbeatReader(keys).read(encodeDatagram(aHeartbeat(), { wire, key }));
    const steps = [
      // The second key reaches one controller after the other.
      read(controllers.old, before),
      read(controllers.told, before),
      // Agents are told, one after the other, by controllers of both kinds.
      read(controllers.told, after),
      read(controllers.turned, before),
      read(controllers.turned, after),
      // The first key is taken away.
      read(controllers.done, after),
    ];
    expect(new Set(steps)).toEqual(new Set(['heartbeat']));
    expect(read(controllers.done, before)).toBe('bad-hmac');
  });
});

test.each(VERSIONS)('the JSON of version %d reads like the reference decoder', (version) => {
  const reader = new HeartbeatReader([current]);
  fc.assert(
    fc.property(oddHeartbeats(version), (sent) => {
      const json = octaviaJson(sent);
      const reference = decodeOctaviaHeartbeat(json);
      if (reference.kind !== 'heartbeat') throw new Error(reference.reason);
      expect(reader.read(signed(deflateSync(json)))).toBe('heartbeat');
      expect(summaryOf(reader.view)).toEqual(summaryOf(viewOf(reference.heartbeat, 0)));
      expect(reader.view.heartbeat()).toEqual(reference.heartbeat);
    }),
    { numRuns: 400 },
  );
});

test.each(VERSIONS)(
  'a native message of version %d reads like the reference decoder',
  (version) => {
    const reader = new HeartbeatReader([current]);
    fc.assert(
      fc.property(oddHeartbeats(version), fc.nat(), (sent, epoch) => {
        const datagram = encodeDatagram(sent, { wire: 'native', key: current, epoch });
        const reference = decodeNativeBody(datagram.subarray(HEAD_BYTES, -32));
        if (reference.kind !== 'heartbeat') throw new Error(reference.reason);
        expect(reader.read(datagram)).toBe('heartbeat');
        expect(reference.heartbeat).toEqual(sent);
        expect(summaryOf(reader.view)).toEqual(summaryOf(viewOf(sent, epoch)));
      }),
      { numRuns: 400 },
    );
  },
);

test('the view of one datagram is gone with the next', () => {
  const reader = new HeartbeatReader([current]);
  const empty = {
    ...aHeartbeat(),
    amphoraId: idOf(9),
    sequence: null,
    listeners: new Map(),
    pools: [],
  };
  for (const wire of WIRES) {
    reader.read(encodeDatagram(aHeartbeat(), { wire, key: current, epoch: 5 }));
    reader.read(encodeDatagram(empty, { wire, key: current }));
    expect(summaryOf(reader.view)).toEqual(summaryOf(viewOf(empty, 0)));
    expect(reader.view.heartbeat()).toEqual(empty);
  }
});

test('the digest tells of each status, id and version, of their order, and of nothing else', () => {
  const base = aHeartbeat();
  const [listenerId, listener] = [...base.listeners][0]!;
  const [pool] = base.pools;
  if (pool === undefined) throw new Error('a pool is needed');
  const variants: readonly Heartbeat[] = [
    base,
    { ...base, version: 2, hasDeltas: false },
    { ...base, listeners: new Map([[idOf(8), listener]]) },
    { ...base, listeners: new Map([[listenerId, { ...listener, status: 'FULL' }]]) },
    { ...base, pools: [] },
    { ...base, pools: [{ ...pool, poolId: idOf(8) }] },
    { ...base, pools: [{ ...pool, listenerId: null }] },
    { ...base, pools: [{ ...pool, status: 'DOWN' }] },
    { ...base, pools: [{ ...pool, members: new Map([...pool.members, [idOf(7), 'UP']]) }] },
    { ...base, pools: [{ ...pool, members: new Map([...pool.members, [idOf(5), 'UP']]) }] },
    { ...base, pools: [pool, { ...pool, poolId: idOf(8) }] },
    { ...base, pools: [{ ...pool, poolId: idOf(8) }, pool] },
  ];
  const digests = variants.map((one) => digestText(one));
  expect(new Set(digests).size).toBe(variants.length);
  const counted = { ...listener, rxBytes: 5, totalConnections: 2n ** 60n };
  const sameStatuses = {
    ...base,
    amphoraId: idOf(9),
    sequence: 1,
    listeners: new Map([[listenerId, counted]]),
  };
  expect(digestText(sameStatuses)).toBe(digests[0]);
});

test('the digest is the same on both wires', () => {
  const digests = WIRES.map((wire) => {
    const reader = new HeartbeatReader([current]);
    reader.read(encodeDatagram(aHeartbeat(), { wire, key: current }));
    return [reader.view.digestHigh, reader.view.digestLow];
  });
  expect(digests[0]).toEqual(digests[1]);
});

test('a total above 2^53 keeps its last digit on both wires, and the view says that it has it not', () => {
  const total = 2n ** 60n + 1n;
  const reader = new HeartbeatReader([current]);
  expect(reader.read(signed(deflateSync(jsonWithTotal(total))))).toBe('heartbeat');
  const heartbeat = reader.view.heartbeat();
  expect([reader.view.isPlain, heartbeat.listeners.get('l')?.rxBytes]).toEqual([false, total]);
  reader.read(encodeDatagram(heartbeat, { wire: 'native', key: current }));
  expect(reader.view.isPlain).toBe(false);
  expect(reader.view.heartbeat()).toEqual(heartbeat);
});

test('a total that no 64 bit column holds is refused, not rounded', () => {
  const reader = new HeartbeatReader([current]);
  expect(reader.read(signed(deflateSync(jsonWithTotal(2n ** 63n))))).toBe('schema');
});

test('a native datagram of another layout is told apart from a bad one', () => {
  const datagram = encodeDatagram(aHeartbeat(), { wire: 'native', key: current });
  const body = Buffer.from(datagram.subarray(0, -32));
  body[1] = 99;
  expect(new HeartbeatReader([current]).read(signed(body))).toBe('unknown-layout');
});

function signed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, macOf(bytes, current)]);
}

function jsonWithTotal(total: bigint): string {
  return `{"id":"${idOf(1)}","ver":2,"pools":{},"listeners":{"l":{"status":"OPEN","stats":{"rx":${total},"tx":0,"conns":0,"totconns":0,"ereq":0}}}}`;
}

function viewOf(heartbeat: Heartbeat, epoch: number): HeartbeatView {
  const view = new ViewBuffer(() => heartbeat);
  view.fill(heartbeat, epoch, digestOf(heartbeat));
  return view;
}

function digestText(heartbeat: Heartbeat): string {
  const { high, low } = digestOf(heartbeat);
  return `${high} ${low}`;
}
