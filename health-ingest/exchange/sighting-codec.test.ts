import { expect, test } from 'vitest';
import { packSightings, type Sightings, unpackSightings } from './sighting-codec.ts';

const sightings: Sightings = {
  thread: '0123456789abcdef',
  number: 2 ** 40 + 1,
  ageMs: 25,
  ids: Uint32Array.of(0xffff_ffff, 1, 2, 3, 4, 5, 6, 7),
};

test('sightings arrive as they were sent, 16 bytes an amphora', () => {
  const bytes = packSightings(sightings);
  expect(bytes.length).toBe(24 + 2 * 16);
  expect(unpackSightings(bytes)).toEqual(sightings);
  const unaligned = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);
  expect(unpackSightings(unaligned)).toEqual(sightings);
});

test('an age is rounded up, so that nobody looks more alive than it is', () => {
  expect(unpackSightings(packSightings({ ...sightings, ageMs: 0.2 })).ageMs).toBe(1);
  expect(unpackSightings(packSightings({ ...sightings, ageMs: 1e12 })).ageMs).toBe(0xffff_ffff);
});

test('bytes that are no sightings are refused, and say what would be', () => {
  expect(() => unpackSightings(Buffer.alloc(23))).toThrow('23 bytes are no sightings');
  expect(() => unpackSightings(Buffer.alloc(25))).toThrow('16 an amphora');
});
