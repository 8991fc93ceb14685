import { Packr } from 'msgpackr/pack';
import { type HeartbeatKey, macOf } from './key.ts';
import type { Heartbeat } from './message.ts';
import { packDigest, packId, packIds, packWord } from './msgpack-field.ts';
import { LAYOUT_VERSION, NATIVE_MAGIC } from './msgpack-layout.ts';
import { digestOf } from './status-digest.ts';
import { countersOf } from './view-buffer.ts';

const packr = new Packr({ useRecords: false });

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
