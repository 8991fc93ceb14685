import { constants, deflateSync, inflateSync } from 'node:zlib';
import { Inflater } from '#core/heartbeat/inflate.ts';
import { encodeOctaviaHeartbeat } from '#core/heartbeat/octavia-writer.ts';
import { heartbeatOf } from '../sender/heartbeat.ts';
import type { MicroBench } from './micro-bench.ts';

const said = { sequence: 70_000, hasChanged: true, isDown: false };
const json = encodeOctaviaHeartbeat(heartbeatOf(1, said));
const stream = deflateSync(json, { level: constants.Z_BEST_COMPRESSION });
const inflater = new Inflater();

/** Unfolding one heartbeat of Octavia's wire. */
export const bench: MicroBench = {
  stage: `inflate ${stream.length} bytes to ${json.length}`,
  cases: {
    'our own': () => inflater.inflate(stream, stream.length),
    'zlib, 4 kB at a time': () => inflateSync(stream, { chunkSize: 4096 }),
    zlib: () => inflateSync(stream),
  },
};
