import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NetworkPlug, VipPlug } from '#core/ports/amphora.ts';
import type { Subnet } from '#core/ports/network.ts';
import { createCertificateAuthority, issueCertificate } from '../local/certificate-authority.ts';
import { amphoraRestDriver } from './driver.ts';
import { type PlayedAmphora, playAmphora } from './testing/played-amphora.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

const ID = '3f0c2d1e-0000-4000-8000-000000000001';
const HOST = '127.0.0.1';
const ONCE = { attemptsMax: 1, intervalMs: 1 };
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

describe('who answers', () => {
  test('is believed when it is that amphora', async () => {
    const info = await amphoraRestDriver(pki.options(played.port)).getInfo(amphora, ONCE);
    expect(info).toEqual({
      hostname: '',
      apiVersion: '1.0',
      haproxyVersion: '2.6.12-1+deb12u4',
    });
  });

  test('is not believed when it is another amphora at that address, nor told anything', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    const other = testAmphora('3f0c2d1e-0000-4000-8000-000000000002', HOST);
    await expect(driver.uploadCertificate(other, agentPem)).rejects.toThrow(
      "amphora 3f0c2d1e-0000-4000-8000-000000000002: GET /: no usable answer in 3 attempts: Hostname/IP does not match certificate's altnames",
    );
    expect(played.requests).toEqual([]);
  });

  test('is not believed when another CA signed it', async () => {
    const stranger = await createCertificateAuthority('server CA');
    const serverCaPath = join(pki.directory, 'stranger.pem');
    await writeFile(serverCaPath, stranger.certificatePem);
    const driver = amphoraRestDriver(pki.options(played.port, { serverCaPath }));
    await expect(driver.getInfo(amphora, ONCE)).rejects.toThrow(/certificate/);
    expect(played.requests).toEqual([]);
  });

  test('does not believe us with a certificate of the wrong CA', async () => {
    const wrong = await issueCertificate(pki.serverCa, {
      commonName: 'controller',
      validitySeconds: 60,
      digest: 'sha256',
    });
    const clientCertPath = join(pki.directory, 'wrong.pem');
    await writeFile(clientCertPath, wrong.pem);
    const driver = amphoraRestDriver(pki.options(played.port, { clientCertPath }));
    await expect(driver.getInfo(amphora, ONCE)).rejects.toMatchObject({ isRetryable: true });
    expect(played.requests).toEqual([]);
  });

  test.each([
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ] as const)('must speak TLS 1.2 or later: %s', async (maxVersion, isFine) => {
    const old = await playAmphora({
      pem: agentPem,
      clientCaPem: pki.clientCa.certificatePem,
      host: HOST,
      maxVersion,
    });
    try {
      const info = amphoraRestDriver(pki.options(old.port)).getInfo(amphora, ONCE);
      const outcome = await info.then(
        () => 'answered',
        () => 'no answer',
      );
      expect(outcome).toBe(isFine ? 'answered' : 'no answer');
    } finally {
      await old.stop();
    }
  });

  test('is reached over IPv6, link-local with its zone too', async () => {
    const six = await playAmphora({
      pem: agentPem,
      clientCaPem: pki.clientCa.certificatePem,
      host: '::1',
    });
    try {
      const driver = amphoraRestDriver(pki.options(six.port));
      await driver.getInfo(testAmphora(ID, '::1'), ONCE);
      expect(six.requests[0]?.headers.host).toBe(`[::1]:${six.port}`);
    } finally {
      await six.stop();
    }
    // Nobody has that address: what matters is that the zone is dialled, and that URLs are not built from it.
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.getInfo(testAmphora(ID, 'fe80::dead'), ONCE)).rejects.toMatchObject({
      isRetryable: true,
      cause: { address: 'fe80::dead%lo' },
    });
  });
});

describe('an agent that does not answer yet', () => {
  test('is asked until it does: connection refused', async () => {
    const port = played.port;
    await played.stop();
    const waiting = amphoraRestDriver(pki.options(port)).getInfo(amphora, {
      attemptsMax: 200,
      intervalMs: 20,
    });
    played = await playAmphora({
      pem: agentPem,
      clientCaPem: pki.clientCa.certificatePem,
      host: HOST,
      port,
    });
    await expect(waiting).resolves.toMatchObject({ haproxyVersion: '2.6.12-1+deb12u4' });
  });

  test.each([
    ['its application is not loaded', { status: 404, text: '<h1>Not Found</h1>' }],
    [
      'its network card has not shown up',
      { status: 404, json: { details: 'No suitable network interface found' } },
    ],
  ])('is asked until it does: %s', async (_, notYet) => {
    played.answer = () => (played.requests.length < 3 ? notYet : undefined);
    await amphoraRestDriver(pki.options(played.port)).getInfo(amphora, {
      attemptsMax: 5,
      intervalMs: 1,
    });
    expect(played.requests.map(({ path }) => path)).toEqual(['/', '/', '/', '/1.0/info']);
  });

  test('is given up after as many attempts as the caller allows, and may be tried again later', async () => {
    played.answer = () => ({ status: 404, text: 'starting' });
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.getInfo(amphora, { attemptsMax: 4, intervalMs: 1 })).rejects.toMatchObject({
      isRetryable: true,
      message: `amphora ${ID}: GET /: no usable answer in 4 attempts: 404 starting`,
    });
    expect(played.requests).toHaveLength(4);
  });

  test('is given up when it accepts connections and stays silent', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, HOST);
    played.answer = () => 'silence';
    const options = { connectTimeoutMs: 300, readTimeoutMs: 300, patience: ONCE };
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      for (const silentPort of [port, played.port])
        await expect(
          amphoraRestDriver(pki.options(silentPort, options)).uploadAgentConfig(amphora, 'x'),
        ).rejects.toMatchObject({ isRetryable: true });
    } finally {
      silent.close();
    }
  });

  test('does not keep a draining process waiting', async () => {
    played.answer = () => ({ status: 404, text: 'starting' });
    const draining = new AbortController();
    const driver = amphoraRestDriver(pki.options(played.port, { signal: draining.signal }));
    const waiting = driver.getInfo(amphora, { attemptsMax: 10, intervalMs: 600_000 });
    setTimeout(() => draining.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ isRetryable: true });
  });

  test('cannot be asked at all while it has no address', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.getInfo(testAmphora(ID, null), ONCE)).rejects.toThrow(
      `amphora ${ID} has no address on the LB network`,
    );
  });
});

describe('what an agent refuses', () => {
  test.each([
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [405, false],
    [500, false],
    [503, true],
  ])('with %i is reported at once in its words; worth a retry: %s', async (status, isRetryable) => {
    played.answer = ({ path }) =>
      path === '/1.0/certificate' ? { status, json: { error: 'no such luck' } } : undefined;
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.uploadCertificate(amphora, 'pem')).rejects.toMatchObject({
      isRetryable,
      message: `amphora ${ID}: PUT /1.0/certificate answered ${status}: no such luck`,
    });
    expect(played.requests).toHaveLength(2);
  });

  test('an agent older than version 1.0 of the API is not spoken with', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    for (const json of [{ api_version: '0.5' }, {}]) {
      played.answer = () => ({ status: 200, json });
      await expect(driver.getInfo(amphora, ONCE)).rejects.toMatchObject({ isRetryable: false });
    }
    played.answer = () => ({ status: 404, json: { error: 'Not Found' } });
    await expect(driver.getInfo(amphora, ONCE)).rejects.toThrow('must be 1.0 or later');
  });

  test('an agent that takes no configuration asks for a failover', async () => {
    played.answer = ({ path }) =>
      path === '/1.0/config' ? { status: 404, json: { error: 'Not Found' } } : undefined;
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.uploadAgentConfig(amphora, 'x')).rejects.toThrow('must be failed over');
  });
});

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
