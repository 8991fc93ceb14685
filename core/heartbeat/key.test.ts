import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heartbeatKey, isSameHexMac, isSameMac, macOf } from './key.ts';

const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });

test('a signature is HMAC-SHA256, whatever the lengths of key and message', () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 4 }),
      (text, all) => {
        const key = heartbeatKey(text);
        for (const message of all) {
          const expected = createHmac('sha256', text).update(message).digest();
          expect(macOf(Buffer.from(message), key)).toEqual(expected);
        }
      },
    ),
  );
});

test('only the first bytes are signed when there are more', () => {
  const key = heartbeatKey('k');
  const bytes = Buffer.from('signed and not');
  expect(key.sign(bytes, 6)).toBe(macOf(Buffer.from('signed'), key).toString('latin1'));
});

test('a key that is not set signs as None', () => {
  expect(heartbeatKey('').sign(Buffer.from('x'), 1)).toBe(
    heartbeatKey('None').sign(Buffer.from('x'), 1),
  );
});

test('every bit of a signature counts, raw and as digits', () => {
  const key = heartbeatKey('k');
  const mac = key.sign(Buffer.from('x'), 1);
  const raw = Buffer.from(mac, 'latin1');
  const digits = Buffer.from(raw.toString('hex'));
  expect([isSameMac(mac, raw, 0), isSameHexMac(mac, digits, 0)]).toEqual([true, true]);
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const flipped = Buffer.from(raw);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(isSameMac(mac, flipped, 0)).toBe(false);
    expect(isSameHexMac(mac, Buffer.from(flipped.toString('hex')), 0)).toBe(false);
  }
  expect(isSameHexMac(mac, Buffer.from(raw.toString('hex').toUpperCase()), 0)).toBe(false);
  expect(isSameMac(mac, raw, 1)).toBe(false);
});

test('a key that lands in a log shows nothing of itself', () => {
  const text = 'zxcvbnm-secret-key';
  const key = heartbeatKey(text);
  macOf(Buffer.from('x'), key);
  const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
  expect(shown).not.toContain(text);
  expect(shown).not.toContain(Buffer.from(text).toString('hex'));
  expect(Object.keys(key)).toEqual(['id', 'sign']);
});
