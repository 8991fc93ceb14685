import { expect, test } from 'vitest';
import { renderVrrp } from './render-vrrp.ts';
import { type GoldenVrrp, goldenVrrpNames, readGoldenVrrp } from './testing/golden-vrrp.ts';

/** Where the original writes what keepalived refuses or misreads: what ours writes instead. */
const BETTER: Readonly<Record<string, { readonly title: string; of(config: string): string }>> = {
  'vrrp-06-host-routes-no-gateway': {
    title: 'host routes are written in words that keepalived knows',
    of: (config) => config.replaceAll(/^(\s+\S+) (dev \S+) gateway (\S+)/gm, '$1 via $3 $2'),
  },
  'vrrp-07-options': {
    title: 'the group authenticates by password, which every keepalived supports',
    of: (config) => config.replace('auth_type AH', 'auth_type PASS'),
  },
  'vrrp-08-peer-not-allocated': {
    title: 'with no allocated peer, the one in ERROR is spoken to and not the whole network',
    of: (config) => config.replace('unicast_peer {', 'unicast_peer {\n203.0.113.21'),
  },
};
const UNKNOWN_INTERFACE = 'vrrp-10-interface-unknown';

const named = goldenVrrpNames().filter((name) => name !== UNKNOWN_INTERFACE);

test.each(named.map((name) => [titleOf(name), name]))('%s', (_title, name) => {
  const golden = readGoldenVrrp(name);
  const wanted = BETTER[name]?.of(golden.config) ?? golden.config;
  expect(normalised(rendered(golden))).toEqual(normalised(wanted));
});

test('an unknown interface is refused; the original writes the word None', () => {
  expect(() => rendered(readGoldenVrrp(UNKNOWN_INTERFACE))).toThrow(/interface of its VIP is ""/);
});

test.each(named)(
  'an amphora of either role begins without the VIP and takes it from nobody: %s',
  (name) => {
    const lines = normalised(rendered(readGoldenVrrp(name)));
    expect(lines.filter((line) => line.startsWith('state '))).toEqual([]);
    expect(lines).toContain('nopreempt');
  },
);

test('two amphorae of ours speak version 3, five times a second, and only to each other', () => {
  const golden = readGoldenVrrp('vrrp-01-ipv4-master');
  const lines = normalised(rendered(golden, { isFast: true }));
  expect(lines).toEqual(
    expect.arrayContaining(['version 3', 'advert_int 0.20', 'check_unicast_src', 'fall 1']),
  );
  expect(lines).not.toContain('authentication {');
});

test.each([
  ['cidr', { cidr: '203.0.113.0/24\n}\nstatic_routes {', gatewayIp: null, hostRoutes: [] }],
  ['gateway', { cidr: '203.0.113.0/24', gatewayIp: '203.0.113.1 dev lo', hostRoutes: [] }],
  [
    'nexthop',
    {
      cidr: '203.0.113.0/24',
      gatewayIp: null,
      hostRoutes: [{ destination: '10.0.0.0/8', nexthop: '10.0.0.1 }' }],
    },
  ],
  [
    'destination',
    {
      cidr: '203.0.113.0/24',
      gatewayIp: null,
      hostRoutes: [{ destination: '10.0.0.0/33', nexthop: '10.0.0.1' }],
    },
  ],
])('a subnet whose %s is not what it should be is refused by name', (field, subnet) => {
  const golden = readGoldenVrrp('vrrp-01-ipv4-master');
  const vips = [{ address: '203.0.113.10', subnet }] as const;
  expect(() => rendered(golden, { vips })).toThrow(field);
});

function rendered(golden: GoldenVrrp, changes: Partial<GoldenVrrp['context']> = {}): string {
  return renderVrrp(golden.amphora, golden.tree, { ...golden.context, ...changes });
}

function titleOf(name: string): string {
  const better = BETTER[name];
  const { description } = readGoldenVrrp(name);
  return better ? `${description}: better here, ${better.title}` : description;
}

function normalised(config: string): readonly string[] {
  const lines = config.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '));
  return lines.filter((line) => line !== '');
}
