import fc from 'fast-check';
import type { Heartbeat } from '../message.ts';

const counter = fc.oneof(fc.constant(0), fc.nat(), fc.maxSafeNat());
const word = fc.oneof(
  fc.constantFrom('UP', 'DOWN', 'no check', 'MAINT', 'UP 2/3', 'OPEN', 'FULL', 'L7OK'),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
);
const plainWord = fc.constantFrom('UP', 'DOWN', 'no check', 'MAINT', 'UP 2/3', 'OPEN', 'FULL', '');
const oddId = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).filter((id) => !id.includes(':')),
);
const oddCounter = fc.oneof(counter, fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }));

interface Parts {
  readonly id: fc.Arbitrary<string>;
  readonly counter: fc.Arbitrary<number | bigint>;
  readonly word: fc.Arbitrary<string>;
}

/** @param version pools of old messages belong to the listeners of the message */
function heartbeats(parts: Parts, version: number): fc.Arbitrary<Heartbeat> {
  const listener = fc.record({
    status: parts.word,
    rxBytes: parts.counter,
    txBytes: parts.counter,
    activeConnections: parts.counter,
    totalConnections: parts.counter,
    requestErrors: parts.counter,
  });
  const pool = fc.record({
    poolId: parts.id,
    listenerId: fc.option(parts.id),
    status: parts.word,
    members: fc
      .array(fc.tuple(parts.id, parts.word), { maxLength: 5 })
      .map((pairs) => new Map(pairs)),
  });
  const whole: fc.Arbitrary<Heartbeat> = fc.record({
    amphoraId: fc.uuid(),
    sequence: fc.option(fc.nat()),
    version: fc.constant(version),
    hasDeltas: fc.constant(version >= 3),
    listeners: fc
      .array(fc.tuple(parts.id, listener), { maxLength: 4 })
      .map((pairs) => new Map(pairs)),
    pools: fc.uniqueArray(pool, {
      maxLength: 4,
      selector: (one) => `${one.poolId}:${one.listenerId}`,
    }),
  });
  return version >= 2 ? whole : whole.map(withPoolsOfItsListeners);
}

/** What an amphora sends: ids are UUIDs, counters below 10^15, words HAProxy's. */
export function usualHeartbeats(version: number): fc.Arbitrary<Heartbeat> {
  const usual = fc.oneof(fc.constant(0), fc.nat(), fc.nat({ max: 10 ** 15 - 1 }));
  return heartbeats({ id: fc.uuid(), counter: usual, word: plainWord }, version);
}

/** UUIDs, and else whatever the wires can carry. */
export function plainHeartbeats(version: number): fc.Arbitrary<Heartbeat> {
  return heartbeats({ id: fc.uuid(), counter, word }, version);
}

/** Whatever the wires can carry. */
export function oddHeartbeats(version: number): fc.Arbitrary<Heartbeat> {
  return heartbeats({ id: oddId, counter: oddCounter, word }, version);
}

/** In the order in which they stand within the listeners. */
function withPoolsOfItsListeners(heartbeat: Heartbeat): Heartbeat {
  const ids = Array.from(heartbeat.listeners.keys());
  if (ids.length === 0) return { ...heartbeat, pools: [] };
  const owned = heartbeat.pools.map((pool, index) => ({
    ...pool,
    listenerId: ids[index % ids.length] as string,
  }));
  return {
    ...heartbeat,
    pools: ids.flatMap((id) => owned.filter((pool) => pool.listenerId === id)),
  };
}

export function idOf(digit: number): string {
  return `0000000${digit}-1111-4222-8333-444455556666`;
}

export function aHeartbeat(): Heartbeat {
  return {
    amphoraId: idOf(1),
    sequence: 4711,
    version: 3,
    hasDeltas: true,
    listeners: new Map([
      [
        idOf(2),
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
        poolId: idOf(3),
        listenerId: idOf(2),
        status: 'UP',
        members: new Map([
          [idOf(4), 'UP'],
          [idOf(5), 'no check'],
          [idOf(6), 'UP 3/7'],
        ]),
      },
    ],
  };
}
