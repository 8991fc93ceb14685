import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NetworkPlug, VipPlug } from '#core/ports/amphora.ts';
import type { Subnet } from '#core/ports/network.ts';
import { amphoraRestDriver } from './driver.ts';
import { type PlayedAmphora, playAmphora } from './testing/played-amphora.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

const ID = '3f0c2d1e-0000-4000-8000-000000000001';
const HOST = '127.0.0.1';
const amphora = testAmphora(ID, HOST);

let pki: TestPki;
let agentPem: string;
let played: PlayedAmphora;

beforeAll(async () => {
  pki = await createTestPki();
  agentPem = await pki.agentPem(ID);
});
afterAll(() => pki.remove());

beforeEach(async () => {
  played = await playAmphora({
    pem: agentPem,
    clientCaPem: pki.clientCa.certificatePem,
    host: HOST,
  });
});
afterEach(() => played.stop());

describe('a network interface', () => {
  const subnet: Subnet = {
    id: 's',
    networkId: 'n',
    cidr: '203.0.113.0/24',
    ipVersion: 4,
    gatewayIp: '203.0.113.1',
    hostRoutes: [{ nexthop: '203.0.113.254', destination: '10.20.0.0/16' }],
  };
  const vip: VipPlug = {
    vipAddress: '203.0.113.10',
    subnet,
    macAddress: 'fa:16:3e:00:00:01',
    vrrpIp: '203.0.113.20',
    mtu: 1450,
    additionalVips: [
      {
        ipAddress: '2001:db8:10::5',
        subnet: {
          ...subnet,
          cidr: '2001:db8:10::/64',
          gatewayIp: '2001:db8:10::1',
          hostRoutes: [],
        },
      },
    ],
  };
  const vipBody = {
    subnet_cidr: '203.0.113.0/24',
    gateway: '203.0.113.1',
    mac_address: 'fa:16:3e:00:00:01',
    vrrp_ip: '203.0.113.20',
    mtu: 1450,
    host_routes: [{ nexthop: '203.0.113.254', destination: '10.20.0.0/16' }],
    additional_vips: [
      {
        subnet_cidr: '2001:db8:10::/64',
        ip_address: '2001:db8:10::5',
        gateway: '2001:db8:10::1',
        host_routes: [],
      },
    ],
    is_sriov: false,
  };
  const network: NetworkPlug = {
    macAddress: 'fa:16:3e:00:00:02',
    fixedIps: [
      {
        subnetId: 's2',
        ipAddress: '198.51.100.5',
        subnetCidr: '198.51.100.0/24',
        gatewayIp: null,
        hostRoutes: [],
      },
    ],
    mtu: null,
    vip: null,
  };
  const networkBody = {
    mac_address: 'fa:16:3e:00:00:02',
    fixed_ips: [
      {
        ip_address: '198.51.100.5',
        subnet_cidr: '198.51.100.0/24',
        gateway: null,
        host_routes: [],
      },
    ],
    mtu: null,
    is_sriov: false,
  };

  test('of the VIP is described in the words of the API', async () => {
    await amphoraRestDriver(pki.options(played.port)).plugVip(amphora, vip);
    const [, request] = played.requests;
    expect(request?.path).toBe('/1.0/plug/vip/203.0.113.10');
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request?.body ?? '')).toEqual(vipBody);
  });

  test('of a member network is described so too, with the VIP when that is on it', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    await driver.plugNetwork(amphora, network);
    await driver.plugNetwork(amphora, { ...network, vip });
    const bodies = played.requests
      .filter(({ path }) => path === '/1.0/plug/network')
      .map(({ body }) => JSON.parse(body) as unknown);
    expect(bodies).toEqual([
      networkBody,
      { ...networkBody, vip_net_info: { ...vipBody, vip: '203.0.113.10' } },
    ]);
  });

  test('that is plugged already is plugged', async () => {
    played.answer = ({ method }) =>
      method === 'POST'
        ? { status: 409, json: { message: 'Interface already exists' } }
        : undefined;
    const driver = amphoraRestDriver(pki.options(played.port));
    await driver.plugVip(amphora, vip);
    await driver.plugNetwork(amphora, network);
  });

  test('of something that is no address is not asked for', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(
      driver.plugVip(amphora, { ...vip, vipAddress: '../certificate' }),
    ).rejects.toMatchObject({ isRetryable: false });
    expect(played.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});
