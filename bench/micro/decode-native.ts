import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey, MAC_BYTES } from '#core/heartbeat/key.ts';
import { HEAD_BYTES } from '#core/heartbeat/msgpack-layout.ts';
import { MsgpackScanner } from '#core/heartbeat/msgpack-scanner.ts';
import { decodeNativeBody } from '#core/heartbeat/msgpack-wire.ts';
import { ViewBuffer } from '#core/heartbeat/view-buffer.ts';
import { heartbeatOf } from '../sender/heartbeat.ts';
import type { MicroBench } from './micro-bench.ts';

const heartbeat = heartbeatOf(1, { sequence: 70_000, hasChanged: true, isDown: false });
const key = heartbeatKey('any');
const datagram = encodeDatagram(heartbeat, { wire: 'native', key, epoch: 1_700_000_000 });
const end = datagram.length - MAC_BYTES;
const scanner = new MsgpackScanner(new ViewBuffer(() => heartbeat));

/** Reading the msgpack of one heartbeat of the native wire. */
export const bench: MicroBench = {
  stage: `decode native, ${datagram.length} bytes`,
  cases: {
    'scan into the view': () => scanner.scan(datagram, HEAD_BYTES, end),
    'decode into objects': () => decodeNativeBody(datagram.subarray(HEAD_BYTES, end)),
  },
};
