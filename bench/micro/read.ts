import { encodeDatagram, type Wire } from '#core/heartbeat/datagram.ts';
import { HeartbeatReader } from '#core/heartbeat/heartbeat-reader.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { heartbeatOf } from '../sender/heartbeat.ts';
import type { MicroBench } from './micro-bench.ts';

/** More than the caches of a branch predictor remember: one and the same datagram would be read too fast. */
const DATAGRAMS = 1024;
const key = heartbeatKey('the key in force');
const other = heartbeatKey('the other key');

/** All that is done to a datagram before it is held against what is known: verify, unfold, read. */
export const bench: MicroBench = {
  stage: 'read a datagram',
  cases: {
    native: readerOf('native', [key]),
    octavia: readerOf('octavia', [key]),
    'octavia, signed by the second key': readerOf('octavia', [other, key]),
    'octavia, signed by a stranger': readerOf('octavia', [other]),
  },
};

function readerOf(wire: Wire, keys: readonly (typeof key)[]): () => unknown {
  const reader = new HeartbeatReader(keys);
  const datagrams = Array.from({ length: DATAGRAMS }, (_, amphora) => {
    const said = { sequence: 70_000 + amphora, hasChanged: amphora % 2 === 0, isDown: false };
    return encodeDatagram(heartbeatOf(amphora, said), { wire, key });
  });
  let next = 0;
  return () => {
    next = (next + 1) % DATAGRAMS;
    return reader.read(datagrams[next] as Buffer);
  };
}
