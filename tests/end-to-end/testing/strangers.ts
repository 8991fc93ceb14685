import { randomBytes, randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import type { Heartbeat } from '#core/heartbeat/message.ts';
import { sealEnvelope } from '#core/heartbeat/octavia-writer.ts';

const BOMB_BYTES = 50_000_000;
const RANDOM_COUNT = 200;

/** What arrives at a port that anyone can reach: wrong keys, halves, noise, a bomb, a machine that we never made. */
export function strangersDatagrams(dataDir: string): readonly Buffer[] {
  const ours = heartbeatKey(readFileSync(join(dataDir, 'certs/heartbeat.key'), 'utf8').trim());
  const unknown = encodeDatagram(heartbeatOf(randomUUID()), { wire: 'native', key: ours });
  const foreign = encodeDatagram(heartbeatOf(randomUUID()), {
    wire: 'octavia',
    key: heartbeatKey('not ours'),
  });
  return [
    unknown,
    foreign,
    unknown.subarray(0, unknown.length / 2),
    foreign.subarray(0, 10),
    Buffer.alloc(0),
    sealEnvelope(Buffer.alloc(BOMB_BYTES, ' '), ours),
    ...Array.from({ length: RANDOM_COUNT }, (_, index) => randomBytes((index * 7) % 1400)),
  ];
}

/** @param target `host:port` as in the configuration */
export async function sendDatagrams(target: string, datagrams: readonly Buffer[]): Promise<void> {
  const [host, port] = target.split(':');
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, Number(port), host, (error) => (error ? reject(error) : resolve()));
    });
  }
  socket.close();
}

function heartbeatOf(amphoraId: string): Heartbeat {
  return {
    amphoraId,
    sequence: 0,
    version: 3,
    hasDeltas: true,
    listeners: new Map(),
    pools: [],
  };
}
