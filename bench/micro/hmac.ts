import { createHmac, createSecretKey } from 'node:crypto';
import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey, isSameMac, MAC_BYTES } from '#core/heartbeat/key.ts';
import { heartbeatOf } from '../sender/heartbeat.ts';
import type { MicroBench } from './micro-bench.ts';

const text = 'a heartbeat key of some 32 bytes';
const key = heartbeatKey(text);
const secret = createSecretKey(Buffer.from(text));
const said = { sequence: 70_000, hasChanged: true, isDown: false };
const datagram = encodeDatagram(heartbeatOf(1, said), { wire: 'native', key });
const signed = datagram.length - MAC_BYTES;

/** Verifying one native datagram: the cost of trusting nobody. */
export const bench: MicroBench = {
  stage: `hmac of ${signed} bytes`,
  cases: {
    'two one-shot hashes, compared': () => isSameMac(key.sign(datagram, signed), datagram, signed),
    'createHmac, not compared': () =>
      createHmac('sha256', secret).update(datagram.subarray(0, signed)).digest(),
  },
};
