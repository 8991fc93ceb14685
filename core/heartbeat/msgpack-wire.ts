import { Packr, Unpackr } from 'msgpackr';
import type { RejectReason } from './envelope.ts';
import { counterOf, isUuid, listOf, textOf, uuidOf, WrongField, wholeOf } from './field.ts';
import { type HeartbeatKey, isSameMac, KEY_ID_BYTES, MAC_BYTES, macOf } from './key.ts';
import type { Heartbeat, HeartbeatDecoded, ListenerReport, PoolReport } from './message.ts';

/**
 * Our own wire, made for cost:
 *
 *     1 byte   0x4f; a zlib stream begins with a byte whose low half is 8, so the two wires cannot be mistaken
 *     1 byte   version of this layout, 1
 *     4 bytes  id of the key
 *     n bytes  msgpack [amphora id, sequence, message version, has deltas, counters, statuses]
 *     32 bytes HMAC-SHA256 of all before
 *
 * `statuses` is msgpack inside msgpack, and `counters` are five numbers a listener in its order: as long as no status
 * changes those bytes stay the same, and a receiver that has seen them may leave them unread.
 * A UUID takes 16 bytes, a word of HAProxy's one.
 */
export const NATIVE_MAGIC = 0x4f;
const LAYOUT_VERSION = 1;
const HEAD_BYTES = 2 + KEY_ID_BYTES;
const UUID_BYTES = 16;
const COUNTERS_PER_LISTENER = 5;

/** Append only: the place in this list is what travels. */
const WORDS: readonly string[] = [
  'OPEN',
  'FULL',
  'UP',
  'DOWN',
  'no check',
  'MAINT',
  'DRAIN',
  'NOLB',
  'RESTARTING',
  'STOP',
  'UP 1/2',
  'UP 1/3',
  'UP 2/3',
  'DOWN 1/2',
  'DOWN 1/3',
  'DOWN 2/3',
];
const CODES: ReadonlyMap<string, number> = new Map(WORDS.map((word, code) => [word, code]));

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });

export type NativeOpened =
  | HeartbeatDecoded
  | {
      readonly kind: 'rejected';
      readonly reason: Extract<RejectReason, 'too-short' | 'bad-hmac'> | 'unknown-layout';
    };

export function encodeNativeDatagram(heartbeat: Heartbeat, key: HeartbeatKey): Buffer {
  const counters = Array.from(heartbeat.listeners.values()).flatMap(countersOf);
  const statuses = [
    Array.from(heartbeat.listeners, ([id, listener]) => [packId(id), packWord(listener.status)]),
    heartbeat.pools.map((pool) => [
      packId(pool.poolId),
      pool.listenerId === null ? null : packId(pool.listenerId),
      packWord(pool.status),
      Array.from(pool.members, ([id, status]) => [packId(id), packWord(status)]).flat(),
    ]),
  ];
  const body = packr.pack([
    packId(heartbeat.amphoraId),
    heartbeat.sequence,
    heartbeat.version,
    heartbeat.hasDeltas,
    counters,
    // A copy: the packer's buffer is used again for the message around it.
    Buffer.from(packr.pack(statuses)),
  ]);
  const signed = Buffer.concat([Buffer.from([NATIVE_MAGIC, LAYOUT_VERSION]), key.id, body]);
  return Buffer.concat([signed, macOf(signed, key)]);
}

/** @returns never throws */
export function decodeNativeDatagram(
  datagram: Buffer,
  keys: readonly HeartbeatKey[],
): NativeOpened {
  if (datagram.length < HEAD_BYTES + MAC_BYTES) return { kind: 'rejected', reason: 'too-short' };
  const keyId = datagram.subarray(2, HEAD_BYTES);
  const key = keys.find((candidate) => candidate.id.equals(keyId));
  const signed = datagram.subarray(0, -MAC_BYTES);
  if (key === undefined || !isSameMac(macOf(signed, key), datagram.subarray(-MAC_BYTES)))
    return { kind: 'rejected', reason: 'bad-hmac' };
  if (datagram[1] !== LAYOUT_VERSION) return { kind: 'rejected', reason: 'unknown-layout' };
  try {
    return { kind: 'heartbeat', heartbeat: heartbeatOf(unpack(signed.subarray(HEAD_BYTES))) };
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof WrongField ? 'schema' : 'msgpack' };
  }
}

function countersOf(listener: ListenerReport): readonly (number | bigint)[] {
  return [
    listener.rxBytes,
    listener.txBytes,
    listener.activeConnections,
    listener.totalConnections,
    listener.requestErrors,
  ];
}

function heartbeatOf(body: unknown): Heartbeat {
  const [id, sequence, version, hasDeltas, counters, statuses] = listOf(body);
  if (typeof hasDeltas !== 'boolean') throw new WrongField('has deltas: not a boolean');
  if (!(statuses instanceof Uint8Array)) throw new WrongField('statuses: not bytes');
  const [listeners, pools] = listOf(unpack(statuses));
  return {
    amphoraId: uuidOf(readId(id)),
    sequence: sequence === null ? null : wholeOf(sequence),
    version: wholeOf(version),
    hasDeltas,
    listeners: listenersOf(listOf(listeners), listOf(counters)),
    pools: listOf(pools).map(poolOf),
  };
}

function listenersOf(
  listeners: readonly unknown[],
  counters: readonly unknown[],
): ReadonlyMap<string, ListenerReport> {
  if (counters.length !== listeners.length * COUNTERS_PER_LISTENER)
    throw new WrongField('counters: five a listener');
  return new Map(
    listeners.map((value, index) => {
      const [id, status] = listOf(value);
      const first = index * COUNTERS_PER_LISTENER;
      const report: ListenerReport = {
        status: readWord(status),
        rxBytes: counterOf(counters[first]),
        txBytes: counterOf(counters[first + 1]),
        activeConnections: counterOf(counters[first + 2]),
        totalConnections: counterOf(counters[first + 3]),
        requestErrors: counterOf(counters[first + 4]),
      };
      return [readId(id), report];
    }),
  );
}

function poolOf(value: unknown): PoolReport {
  const [poolId, listenerId, status, flat] = listOf(value);
  const members = listOf(flat);
  if (members.length % 2 !== 0) throw new WrongField('members: id and status');
  const pairs = Array.from(
    { length: members.length / 2 },
    (_, index) => [readId(members[2 * index]), readWord(members[2 * index + 1])] as const,
  );
  return {
    poolId: readId(poolId),
    listenerId: listenerId === null ? null : readId(listenerId),
    status: readWord(status),
    members: new Map(pairs),
  };
}

function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes) as unknown;
}

function packId(id: string): Buffer | string {
  const isCanonical = isUuid(id) && id === id.toLowerCase();
  return isCanonical ? Buffer.from(id.replaceAll('-', ''), 'hex') : id;
}

function readId(value: unknown): string {
  if (!(value instanceof Uint8Array)) return textOf(value);
  if (value.length !== UUID_BYTES) throw new WrongField('id: not 16 bytes');
  const hex = Buffer.from(value.buffer, value.byteOffset, UUID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function packWord(word: string): number | string {
  return CODES.get(word) ?? word;
}

function readWord(value: unknown): string {
  if (typeof value !== 'number') return textOf(value);
  const word = WORDS[value];
  if (word === undefined) throw new WrongField('status: no such word');
  return word;
}
