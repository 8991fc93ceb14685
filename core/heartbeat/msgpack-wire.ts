import { Unpackr } from 'msgpackr';
import { counterOf, listOf, uuidOf, WrongField, wholeOf } from './field.ts';
import type { Heartbeat, ListenerReport, MalformedReason, PoolReport } from './message.ts';
import { bytesOf, readDigest, readId, readIds, readWord } from './msgpack-field.ts';
import { COUNTERS_PER_LISTENER, EPOCH_MAX } from './view.ts';

const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });

export interface NativeMessage {
  readonly kind: 'heartbeat';
  /** When the sender's process started, seconds since 1970. */
  readonly epoch: number;
  readonly digestHigh: number;
  readonly digestLow: number;
  readonly heartbeat: Heartbeat;
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
