import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { type Carried, heartbeatOf } from './carried.ts';

/**
 * Sends heartbeats of an amphora that nobody knows as fast as it can until it is killed: signed, on Octavia's wire and with
 * 300 members, so that each costs its receiver many times what it costs here. Says each second how many it sent.
 */
const [port, key] = process.argv.slice(2);
const MEMBERS = 300;
const BURST = 64;

const members = new Map(Array.from({ length: MEMBERS }, () => [randomUUID(), 'UP'] as const));
const stranger: Carried = {
  amphoraId: randomUUID(),
  loadBalancerId: '',
  listenerId: randomUUID(),
  poolId: randomUUID(),
  memberIds: ['', ''],
};
const datagrams = Array.from({ length: 64 }, (_, sequence) => {
  const heartbeat = heartbeatOf(stranger, { sequence });
  const pools = heartbeat.pools.map((pool) => ({ ...pool, members }));
  return encodeDatagram({ ...heartbeat, pools }, { wire: 'octavia', key: heartbeatKey(key ?? '') });
});

const socket = createSocket('udp4');
socket.on('error', () => undefined);
await new Promise<void>((resolve) => socket.connect(Number(port), '127.0.0.1', () => resolve()));
let sent = 0;
setInterval(() => process.stdout.write(`${sent}\n`), 1000);
for (;;) {
  for (let count = 0; count < BURST; count++)
    socket.send(datagrams[sent++ % datagrams.length] as Buffer);
  await nextTurn();
}
