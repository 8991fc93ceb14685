import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import type { Subnet } from '#core/ports/network.ts';
import { amphoraRestDriver } from './driver.ts';
import { type PlayedAmphora, type PlayedAnswer, playAmphora } from './testing/played-amphora.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

const OURS: PlayedAnswer = {
  status: 200,
  json: { api_version: '1.0', haproxy_version: '2.6.12', features: ['sub-second-vrrp'] },
};

const amphora = amphoraOf('3f0c2d1e-0000-4000-8000-000000000001', '127.0.0.1', '203.0.113.20');
const peer = amphoraOf('3f0c2d1e-0000-4000-8000-000000000002', '127.0.0.2', '203.0.113.21');
const tree = {
  id: '92fd65c5-f5ab-509d-8bf1-b94092b82945',
  topology: 'ACTIVE_STANDBY',
  vip: { address: '203.0.113.10', subnetId: 'four', networkId: 'n' },
  additionalVips: [],
  amphorae: [amphora, peer],
} as unknown as LoadBalancerTree;

let pki: TestPki;
let pems: readonly [string, string];
let own: PlayedAmphora;
let other: PlayedAmphora;
let driver: AmphoraDriver;

beforeAll(async () => {
  pki = await createTestPki();
  pems = await Promise.all([pki.agentPem(amphora.id), pki.agentPem(peer.id)]);
});
afterAll(() => pki.remove());
beforeEach(async () => {
  own = await play(amphora, pems[0], 0);
  other = await play(peer, pems[1], own.port);
  driver = amphoraRestDriver(pki.options(own.port, { network: { getSubnet } }));
});
afterEach(async () => {
  await own.stop();
  await other.stop();
});

describe('one of a pair', () => {
  test('of Octavia is told as its own controllers tell it: the interface, the file, the start', async () => {
    await driver.applyVrrp(amphora, tree);
    const paths = own.requests.map(({ method, path }) => `${method} ${path}`);
    expect(paths.filter((path) => !/GET \/(1\.0\/info)?$/.test(path))).toEqual([
      'GET /1.0/interface/203.0.113.20',
      'PUT /1.0/vrrp/upload',
      'PUT /1.0/vrrp/start',
    ]);
    expect(uploaded()).toMatch(/advert_int 1\n {4}authentication/);
    expect(uploaded()).toContain('unicast_peer {\n        203.0.113.21\n    }');
  });

  test('speaks by the split second when the other is of ours too', async () => {
    own.answer = (request) => answerAs(OURS, request.path);
    other.answer = (request) => answerAs(OURS, request.path);
    await driver.applyVrrp(amphora, tree);
    expect(uploaded()).toContain('advert_int 0.20');
  });

  test('speaks in whole seconds when the other is of Octavia', async () => {
    own.answer = (request) => answerAs(OURS, request.path);
    await driver.applyVrrp(amphora, tree);
    expect(uploaded()).toContain('advert_int 1\n');
  });

  test('does not wait for the other to live', async () => {
    own.answer = (request) => answerAs(OURS, request.path);
    other.answer = () => 'silence';
    await driver.applyVrrp(amphora, tree);
    expect(uploaded()).toContain('advert_int 0.20');
  });

  test('has the same password as the other, and not that of another pair', async () => {
    await driver.applyVrrp(amphora, tree);
    await driver.applyVrrp(peer, tree);
    const password = /auth_pass (\w{7})\n/;
    expect(uploaded(other).match(password)?.[1]).toBe(uploaded().match(password)?.[1]);
    await driver.applyVrrp(peer, { ...tree, id: '92fd65c5-f5ab-509d-8bf1-b94092b82946' });
    expect(uploaded(other).match(password)?.[1]).not.toBe(uploaded().match(password)?.[1]);
  });

  test('is refused when the subnet of its VIP is gone, or its VIP not plugged', async () => {
    const vip = { ...tree.vip, subnetId: 'gone' };
    await expect(driver.applyVrrp(amphora, { ...tree, vip })).rejects.toThrow(
      /VIP 203\.0\.113\.10 lies in subnet gone, which is not there/,
    );
    await expect(driver.applyVrrp({ ...amphora, vrrpIp: null }, tree)).rejects.toThrow(
      /plug the VIP first/,
    );
    expect(uploaded()).toBe('');
  });
});

test('says which interface has an address, and when none has', async () => {
  const patience = { attemptsMax: 1, intervalMs: 1 };
  expect(await driver.findInterface(amphora, '203.0.113.10', patience)).toBe('eth1');
  own.answer = ({ path }) =>
    path === '/1.0/interface/203.0.113.10'
      ? { status: 404, json: { message: 'Error interface not found for IP address' } }
      : undefined;
  expect(await driver.findInterface(amphora, '203.0.113.10', patience)).toBeNull();
});

test('an amphora that stands alone is told nothing', async () => {
  await driver.applyVrrp(amphora, { ...tree, topology: 'SINGLE' });
  expect(own.requests).toEqual([]);
});

function amphoraOf(id: string, lbNetworkIp: string, vrrpIp: string): Amphora {
  const pairing = { vrrpIp, vrrpId: 1, vrrpPriority: 100, status: 'ALLOCATED' } as const;
  return { ...testAmphora(id, lbNetworkIp), ...pairing };
}

async function play({ lbNetworkIp }: Amphora, pem: string, port: number): Promise<PlayedAmphora> {
  const played = await playAmphora({
    pem,
    clientCaPem: pki.clientCa.certificatePem,
    host: lbNetworkIp ?? '',
    port,
  });
  played.answer = ({ path }) => interfaceAnswer(path);
  return played;
}

function answerAs(info: PlayedAnswer, path: string): PlayedAnswer | undefined {
  return path === '/1.0/info' ? info : interfaceAnswer(path);
}

function interfaceAnswer(path: string): PlayedAnswer | undefined {
  const isAsked = path.startsWith('/1.0/interface/');
  return isAsked ? { status: 200, json: { message: 'OK', interface: 'eth1' } } : undefined;
}

function uploaded(played = own): string {
  return played.requests.findLast(({ path }) => path === '/1.0/vrrp/upload')?.body ?? '';
}

async function getSubnet(id: string): Promise<Subnet | null> {
  if (id !== 'four') return null;
  const range = { cidr: '203.0.113.0/24', ipVersion: 4, gatewayIp: '203.0.113.1' } as const;
  return { id, networkId: 'n', ...range, hostRoutes: [] };
}
