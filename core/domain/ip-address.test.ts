import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exploded, networkKey, parseAddress, parseNetwork } from './ip-address.ts';

it.each([
  ['203.0.113.5', '203.0.113.5'],
  ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
  ['::', '0000:0000:0000:0000:0000:0000:0000:0000'],
  ['::ffff:192.0.2.1', '0000:0000:0000:0000:0000:ffff:c000:0201'],
])('spells %s as %s', (text, expected) => {
  const address = parseAddress(text);
  expect(address && exploded(address)).toBe(expected);
});

it.each(['', '203.0.113', '203.0.113.256', 'fe80::1%eth0', '1::2::3', 'x', '203.0.113.5/24'])(
  'takes %j for no address',
  (text) => expect(parseAddress(text)).toBeNull(),
);

it.each([
  '203.0.113.0/33',
  '2001:db8::/129',
  '203.0.113.0/',
  '203.0.113.0/8/8',
  '/8',
  '10.0.0.0/-1',
])('takes %j for no network', (text) => expect(parseNetwork(text)).toBeNull());

it('sees host bits', () => {
  expect(parseNetwork('203.0.113.7/24')?.hasHostBits).toBe(true);
  expect(parseNetwork('203.0.113.0/24')?.hasHostBits).toBe(false);
  expect(parseNetwork('2001:db8::1/64')?.hasHostBits).toBe(true);
  expect(parseNetwork('0.0.0.0/0')?.hasHostBits).toBe(false);
});

it('gives all spellings of one network one key', () => {
  expect(networkKey('default', 6)).toBe(networkKey('::/0', 6));
  expect(networkKey('2001:db8:0::/64', 6)).toBe(networkKey('2001:0db8::/64', 6));
  expect(networkKey('203.0.113.5', 4)).toBe(networkKey('203.0.113.5/32', 4));
});

it('reads every IPv6 address as it was written', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseAddress(text);
      if (address === null) return false;
      return parseAddress(exploded(address))?.value === address.value;
    }),
  );
});

it('takes for an address what Node does, whatever the text', () => {
  const part = fc.constantFrom(
    ':',
    '::',
    '.',
    '0',
    '00',
    'ffff',
    '12345',
    '255',
    '256',
    '9',
    '%',
    ' ',
    'g',
  );
  const texts = fc.oneof(
    fc.array(part, { maxLength: 18 }).map((parts) => parts.join('')),
    fc.ipV6(),
    fc.ipV4Extended(),
    fc.tuple(fc.ipV6(), part).map(([text, end]) => text + end),
    fc.tuple(fc.ipV4(), part).map(([text, end]) => text + end),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const family = text.includes('%') ? 0 : isIP(text);
      expect(parseAddress(text)?.family ?? 0).toBe(family);
    }),
    { numRuns: 2000 },
  );
});
