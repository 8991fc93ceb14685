import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid } from './field.ts';
import { textOf, wordsOf } from './uuid-words.ts';

test('a UUID becomes four words and the same UUID again, wherever it lies', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(9), (uuid, offset) => {
      const words = new Uint32Array(16);
      expect(wordsOf(uuid.toUpperCase(), words, offset)).toBe(true);
      expect(textOf(words, offset)).toBe(uuid);
    }),
  );
});

test('its first four bytes are the first word', () => {
  const words = new Uint32Array(4);
  wordsOf('00000001-0002-0003-8000-0000ffffffff', words);
  expect([...words]).toEqual([1, 0x0002_0003, 0x8000_0000, 0xffff_ffff]);
});

test('what is no UUID is refused', () => {
  const almost = fc
    .tuple(fc.uuid(), fc.nat(35), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }))
    .map(([uuid, at, letter]) => uuid.slice(0, at) + letter + uuid.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(almost, fc.string()), (text) => {
      expect(wordsOf(text, new Uint32Array(4))).toBe(isUuid(text));
    }),
    { numRuns: 2000 },
  );
});
