import { expect, test } from 'vitest';
import { parseAddress } from '#core/domain/ip-address.ts';
import { isInNetwork, isSameIp, networkOf, shortest } from './ip.ts';

test('networks lose their host bits, and bare addresses become networks of one', () => {
  const rows = [
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['10.1.2.3/255.255.0.0', '10.1.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0:1::5/64', '2001:db8::/64'],
    ['::ffff:10.0.0.1', '::ffff:a00:1/128'],
    ['fe80::1/10', 'fe80::/10'],
  ];
  for (const [given = '', wanted] of rows) expect(networkOf(given), given).toBe(wanted);
  for (const bad of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    'x',
    '1.1.1.1/a',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.255.0',
    '::/ffff::',
  ])
    expect(networkOf(bad), bad).toBeNull();
});

test('addresses are the same whatever their spelling', () => {
  expect(isSameIp('2001:DB8::1', '2001:db8:0::0:1')).toBe(true);
  expect(isSameIp('10.0.0.1', '10.0.0.2')).toBe(false);
  expect(isSameIp('::ffff:a9fe:a9fe', '169.254.169.254')).toBe(true);
  expect(isSameIp('::a9fe:a9fe', '169.254.169.254')).toBe(false);
  expect(isInNetwork('10.0.3.4', '10.0.0.0/22')).toBe(true);
  expect(isInNetwork('10.0.4.4', '10.0.0.0/22')).toBe(false);
  expect(isInNetwork('::1', '10.0.0.0/22')).toBe(false);
});

const format = (text: string): string | null => {
  const parsed = parseAddress(text);
  return parsed && shortest(parsed);
};

test('the longest run of zeros is left out, and one group alone is not', () => {
  expect(format('1:0:0:2:0:0:0:3')).toBe('1:0:0:2::3');
  expect(format('1:0:2:3:4:5:6:7')).toBe('1:0:2:3:4:5:6:7');
  expect(format('::')).toBe('::');
});
