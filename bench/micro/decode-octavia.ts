import { OctaviaScanner } from '#core/heartbeat/octavia-scanner.ts';
import { decodeOctaviaHeartbeat } from '#core/heartbeat/octavia-wire.ts';
import { encodeOctaviaHeartbeat } from '#core/heartbeat/octavia-writer.ts';
import { ViewBuffer } from '#core/heartbeat/view-buffer.ts';
import { heartbeatOf } from '../sender/heartbeat.ts';
import type { MicroBench } from './micro-bench.ts';

const said = { sequence: 70_000, hasChanged: true, isDown: false };
const heartbeat = heartbeatOf(1, said);
const json = encodeOctaviaHeartbeat(heartbeat);
const text = json.toString();
const scanner = new OctaviaScanner(new ViewBuffer(() => heartbeat));

/** Reading the JSON of one heartbeat of Octavia's wire. */
export const bench: MicroBench = {
  stage: `decode octavia, ${json.length} bytes`,
  cases: {
    'scan into the view': () => scanner.scan(json, json.length),
    'decode into objects': () => decodeOctaviaHeartbeat(json),
    'JSON.parse of a text': () => JSON.parse(text) as unknown,
  },
};
