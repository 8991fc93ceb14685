import assert from 'node:assert';
import { constants, deflateSync } from 'node:zlib';
import { type HeartbeatKey, macOf } from './key.ts';
import type { Heartbeat } from './message.ts';

/** The newest: counters are increments. */
const VERSION = 3;

/** Writes a version 3 message, the bytes that go into `sealEnvelope`. */
export function encodeOctaviaHeartbeat(heartbeat: Heartbeat): Buffer {
  assert(heartbeat.hasDeltas, 'version 3 carries increments');
  const listeners = Array.from(heartbeat.listeners, ([id, listener]) => [
    id,
    {
      status: listener.status,
      stats: {
        tx: rawNumber(listener.txBytes),
        rx: rawNumber(listener.rxBytes),
        conns: rawNumber(listener.activeConnections),
        totconns: rawNumber(listener.totalConnections),
        ereq: rawNumber(listener.requestErrors),
      },
    },
  ]);
  const pools = heartbeat.pools.map((pool) => [
    pool.listenerId === null ? pool.poolId : `${pool.poolId}:${pool.listenerId}`,
    { status: pool.status, members: Object.fromEntries(pool.members) },
  ]);
  const message = {
    id: heartbeat.amphoraId,
    ...(heartbeat.sequence === null ? {} : { seq: heartbeat.sequence }),
    listeners: Object.fromEntries(listeners),
    pools: Object.fromEntries(pools),
    ver: VERSION,
  };
  return Buffer.from(JSON.stringify(message), 'utf8');
}

/** Increments of one interval stay far below 2^53. */
function rawNumber(value: number | bigint): number {
  assert(typeof value === 'number', 'an increment fits a number');
  return value;
}

/** The datagram as today's amphorae send it: hex digits at the end. */
export function sealEnvelope(payload: Buffer, key: HeartbeatKey): Buffer {
  const compressed = deflateSync(payload, { level: constants.Z_BEST_COMPRESSION });
  return Buffer.concat([compressed, Buffer.from(macOf(compressed, key).toString('hex'), 'latin1')]);
}
