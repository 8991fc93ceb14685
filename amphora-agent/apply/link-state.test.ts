import { expect, test } from 'vitest';
import { type Link, linkWithAddress } from './link-state.ts';

const eth1: Link = {
  name: 'eth1',
  macAddress: '02:00:00:00:00:01',
  mtu: 1500,
  isUp: true,
  addresses: ['10.0.0.7', 'fd00::10'].map((address) => ({
    address,
    prefixLength: 32,
    family: address.includes(':') ? 6 : 4,
    isDynamic: false,
    scope: 'global',
  })),
};

test.each(['10.0.0.7', 'fd00::10', 'FD00::10', 'fd00:0:0:0::0010'])(
  'the interface that holds %s is found, however the address is spelt',
  (address) => {
    expect(linkWithAddress([eth1], address)?.name).toBe('eth1');
  },
);

test.each(['10.0.0.70', 'fd00::1', 'fd00::100', 'fd00', ''])('none holds %j', (address) => {
  expect(linkWithAddress([eth1], address)).toBeUndefined();
});
