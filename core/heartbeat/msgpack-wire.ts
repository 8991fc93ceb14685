import { Packr, Unpackr } from 'msgpackr';
import { counterOf, listOf, uuidOf, WrongField, wholeOf } from './field.ts';
import { type HeartbeatKey, KEY_ID_BYTES, macOf } from './key.ts';
import type { Heartbeat, ListenerReport, MalformedReason, PoolReport } from './message.ts';
import {
  bytesOf,
  packDigest,
  packId,
  packIds,
  packWord,
  readDigest,
  readId,
  readIds,
  readWord,
} from './msgpack-field.ts';
import { digestOf } from './status-digest.ts';
import { COUNTERS_PER_LISTENER, EPOCH_MAX } from './view.ts';
import { countersOf } from './view-buffer.ts';

/**
 * Our own wire, made for cost:
 *
 *     1 byte   0x4f; a zlib stream begins with a byte whose low half is 8, so the two wires cannot be mistaken
 *     1 byte   version of this layout, 2
 *     4 bytes  id of the key
 *     n bytes  msgpack [amphora id, epoch, sequence, message version, has deltas, digest, listener ids, counters, statuses]
 *     32 bytes HMAC-SHA256 of all before
 *
 * `statuses` is msgpack inside msgpack, [words of the listeners, pools], which a receiver leaves alone when it knows
 * `digest`, 8 bytes over all that a status depends on. `listener ids` are 16 bytes each, or texts when one of them is no
 * UUID, and `counters` five numbers for each. A UUID takes 16 bytes, a word of HAProxy's one. The same message is always
 * the same bytes.
 */
export const NATIVE_MAGIC = 0x4f;
export const LAYOUT_VERSION = 2;
export const HEAD_BYTES = 2 + KEY_ID_BYTES;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });

export interface NativeMessage {
  readonly kind: 'heartbeat';
  /** When the sender's process started, seconds since 1970. */
  readonly epoch: number;
  readonly digestHigh: number;
  readonly digestLow: number;
  readonly heartbeat: Heartbeat;
}

/** @param epoch when the sender's process started, seconds since 1970; 0: it does not tell */
export function encodeNativeDatagram(
  heartbeat: Heartbeat,
  epoch: number,
  key: HeartbeatKey,
): Buffer {
  const listeners = Array.from(heartbeat.listeners.values());
  const statuses = [
    listeners.map(({ status }) => packWord(status)),
    heartbeat.pools.map((pool) => [
      packId(pool.poolId),
      pool.listenerId === null ? null : packId(pool.listenerId),
      packWord(pool.status),
      Array.from(pool.members, ([id, status]) => [packId(id), packWord(status)]).flat(),
    ]),
  ];
  // A copy: the packer's buffer is used again for the message around it.
  const packedStatuses = Buffer.from(packr.pack(statuses));
  const body = packr.pack([
    packId(heartbeat.amphoraId),
    epoch,
    heartbeat.sequence,
    heartbeat.version,
    heartbeat.hasDeltas,
    packDigest(digestOf(heartbeat)),
    packIds(Array.from(heartbeat.listeners.keys())),
    listeners.flatMap(countersOf),
    packedStatuses,
  ]);
  const signed = Buffer.concat([Buffer.from([NATIVE_MAGIC, LAYOUT_VERSION]), key.id, body]);
  return Buffer.concat([signed, macOf(signed, key)]);
}

/**
 * The whole message, from the msgpack between head and HMAC.
 * @returns never throws
 */
export function decodeNativeBody(
  body: Uint8Array,
): NativeMessage | { readonly kind: 'malformed'; readonly reason: MalformedReason } {
  try {
    return messageOf(unpack(body));
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof WrongField ? 'schema' : 'msgpack' };
  }
}

function messageOf(body: unknown): NativeMessage {
  const [id, epoch, sequence, version, hasDeltas, digest, ids, counters, statuses] = listOf(body);
  if (typeof hasDeltas !== 'boolean') throw new WrongField('has deltas: not a boolean');
  const [words, pools] = listOf(unpack(bytesOf(statuses)));
  const [digestHigh, digestLow] = readDigest(bytesOf(digest));
  return {
    kind: 'heartbeat',
    epoch: epochOf(epoch),
    digestHigh,
    digestLow,
    heartbeat: {
      amphoraId: uuidOf(readId(id)),
      sequence: sequence === null ? null : wholeOf(sequence),
      version: wholeOf(version),
      hasDeltas,
      listeners: listenersOf(readIds(ids), listOf(words), listOf(counters)),
      pools: listOf(pools).map(poolOf),
    },
  };
}

function epochOf(value: unknown): number {
  const epoch = wholeOf(value);
  if (epoch > EPOCH_MAX) throw new WrongField('epoch: more than 32 bits');
  return epoch;
}

function listenersOf(
  ids: readonly string[],
  words: readonly unknown[],
  counters: readonly unknown[],
): ReadonlyMap<string, ListenerReport> {
  if (words.length !== ids.length) throw new WrongField('statuses: one a listener');
  if (counters.length !== ids.length * COUNTERS_PER_LISTENER)
    throw new WrongField('counters: five a listener');
  return new Map(
    ids.map((id, index) => {
      const first = index * COUNTERS_PER_LISTENER;
      const report: ListenerReport = {
        status: readWord(words[index]),
        rxBytes: counterOf(counters[first]),
        txBytes: counterOf(counters[first + 1]),
        activeConnections: counterOf(counters[first + 2]),
        totalConnections: counterOf(counters[first + 3]),
        requestErrors: counterOf(counters[first + 4]),
      };
      return [id, report];
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
