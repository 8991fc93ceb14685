import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Heartbeat } from './message.ts';
import { OctaviaScanner } from './octavia-scanner.ts';
import { decodeOctaviaHeartbeat } from './octavia-wire.ts';
import { digestOf } from './status-digest.ts';
import { usualHeartbeats } from './testing/heartbeats.ts';
import { mutated, seeded } from './testing/mutations.ts';
import { octaviaJson } from './testing/octavia-json.ts';
import { summaryOf } from './testing/view-summary.ts';
import { ViewBuffer } from './view-buffer.ts';

const VERSIONS = [0, 1, 2, 3];
const MUTATIONS = 30_000;

test.each(VERSIONS)('what an amphora usually sends in version %d needs no decoder', (version) => {
  fc.assert(
    fc.property(usualHeartbeats(version), (heartbeat) => {
      expect(scan(octaviaJson(heartbeat))).toEqual(expected(heartbeat));
    }),
    { numRuns: 300 },
  );
});

test('blanks and the order of fields do not matter', () => {
  const id = '00000001-1111-4222-8333-444455556666';
  const stats = '"stats" : { "ereq":5,"conns":3 ,"totconns":  4,"rx":1,"tx":2 }';
  const listeners = `"listeners":{"${id}":{${stats},"status":"OPEN"}}`;
  const json = ` { "ver":3,"pools": { },${listeners} , "id": "${id}"}`;
  const summary = scan(Buffer.from(json));
  expect(summary).toEqual(expected(reference(Buffer.from(json)) as Heartbeat));
  expect(summary?.listeners[0]?.counters).toEqual([1, 2, 3, 4, 5]);
});

test('a message that something happened to is scanned as it is decoded, or left to the decoder', () => {
  const random = seeded(17);
  const jsons = VERSIONS.flatMap((version) =>
    fc.sample(usualHeartbeats(version), { numRuns: 20, seed: 1 }).map(octaviaJson),
  );
  let scanned = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const json = mutated(jsons[round % jsons.length] as Buffer, random);
    const summary = scan(json);
    if (summary === null) continue;
    scanned++;
    const heartbeat = reference(json);
    if (heartbeat === null) throw new Error(`scanned, but not decoded: ${json.toString()}`);
    expect(summary, json.toString()).toEqual(expected(heartbeat));
  }
  expect(scanned).toBeGreaterThan(MUTATIONS / 20);
});

test.each([
  ['a field twice', '"seq": 1, "seq": 2'],
  ['an unknown field', '"more": 1'],
  ['a number with a point', '"seq": 1.0'],
  ['a number with an exponent', '"seq": 1e2'],
  ['a negative number', '"seq": -1'],
  ['a zero in front', '"seq": 01'],
  ['a number of 16 digits', '"seq": 1000000000000000'],
  ['another version', '"ver": 4'],
  ['pools that its version has elsewhere', '"ver": 1'],
])('%s is left to the decoder', (_what, field) => {
  const rest = field.startsWith('"ver') ? '' : ', "ver": 3';
  const json = `{"id": "00000001-1111-4222-8333-444455556666", "listeners": {}, "pools": {}, ${field}${rest}}`;
  expect(scan(Buffer.from(json))).toBeNull();
});

const STATS = '"stats": {"tx": 0, "rx": 0, "conns": 0, "totconns": 0, "ereq": 0}';

test.each([
  ['without a status', STATS, 3],
  ['without counters', '"status": "OPEN"', 3],
  ['without one of the counters', `"status": "OPEN", ${STATS.replace('"rx": 0, ', '')}`, 3],
  ['with a counter twice', `"status": "OPEN", ${STATS.replace('"rx"', '"tx"')}`, 3],
  ['with pools of its own in a new message', `"status": "OPEN", ${STATS}, "pools": {}`, 3],
  ['without pools of its own in an old message', `"status": "OPEN", ${STATS}`, 1],
])('a listener %s is left to the decoder', (_what, fields, version) => {
  const id = '00000001-1111-4222-8333-444455556666';
  const pools = version < 2 ? '' : '"pools": {}, ';
  const json = `{"id": "${id}", "listeners": {"${id}": {${fields}}}, ${pools}"ver": ${version}}`;
  expect(scan(Buffer.from(json))).toBeNull();
});

test('a listener that is there twice is left to the decoder', () => {
  const id = '00000001-1111-4222-8333-444455556666';
  const listener = `"${id}": {"status": "OPEN", "stats": {"tx": 0, "rx": 0, "conns": 0, "totconns": 0, "ereq": 0}}`;
  const json = `{"id": "${id}", "listeners": {${listener}, ${listener}}, "pools": {}, "ver": 3}`;
  expect(scan(Buffer.from(json))).toBeNull();
  expect(scan(Buffer.from(json.replace(`, ${listener}`, '')))).not.toBeNull();
});

function scan(json: Buffer) {
  const view = new ViewBuffer(() => {
    throw new Error('not asked for');
  });
  // What lies behind the message is of the one before.
  const buffer = Buffer.concat([json, Buffer.from('"}}}, 123"')]);
  return new OctaviaScanner(view).scan(buffer, json.length) ? summaryOf(view) : null;
}

function reference(json: Buffer): Heartbeat | null {
  const decoded = decodeOctaviaHeartbeat(json);
  return decoded.kind === 'heartbeat' ? decoded.heartbeat : null;
}

function expected(heartbeat: Heartbeat) {
  const view = new ViewBuffer(() => heartbeat);
  view.fill(heartbeat, 0, digestOf(heartbeat));
  return summaryOf(view);
}
