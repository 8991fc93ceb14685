import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, received, tally } from './testing/client.ts';
import { type DataPlane, openDataPlane } from './testing/data-plane.ts';
import { partsOf, type Service } from './testing/service.ts';
import { addAddresses, startTenantMachine, type TenantMachine } from './testing/tenant-machine.ts';
import { PORTS, WEB_SERVERS } from './testing/web-servers.ts';

const BOTH = [{ protocolPort: PORTS.one }, { protocolPort: PORTS.two }];
const BYTES = [{ protocolPort: PORTS.bytes }];
const CLIENTS = 8;

const ON = {
  weights: 1001,
  leastConnections: 1002,
  sourceIp: 1003,
  sourceIpPort: 1004,
  stickyAddress: 1011,
  stickyCookie: 1012,
  stickyAppCookie: 1013,
  proxy: 1021,
  proxyV2: 1022,
  proxyOverTcp: 1023,
  tcp: 1024,
} as const;

const NO_MORE = { cookieName: null, persistenceTimeoutSeconds: null, persistenceGranularity: null };

const SERVICES: readonly Service[] = [
  {
    port: ON.weights,
    members: [{ protocolPort: PORTS.one, weight: 3 }, { protocolPort: PORTS.two }],
  },
  { port: ON.leastConnections, members: BOTH, pool: { lbAlgorithm: 'LEAST_CONNECTIONS' } },
  { port: ON.sourceIp, members: BOTH, pool: { lbAlgorithm: 'SOURCE_IP' } },
  { port: ON.sourceIpPort, members: BOTH, pool: { lbAlgorithm: 'SOURCE_IP_PORT' } },
  {
    port: ON.stickyAddress,
    members: BOTH,
    pool: { sessionPersistence: { ...NO_MORE, type: 'SOURCE_IP' } },
  },
  {
    port: ON.stickyCookie,
    members: BOTH,
    pool: { sessionPersistence: { ...NO_MORE, type: 'HTTP_COOKIE' } },
  },
  {
    port: ON.stickyAppCookie,
    members: BOTH,
    pool: { sessionPersistence: { ...NO_MORE, type: 'APP_COOKIE', cookieName: 'JSESSIONID' } },
  },
  { port: ON.proxy, members: BYTES, pool: { protocol: 'PROXY' } },
  { port: ON.proxyV2, members: BYTES, pool: { protocol: 'PROXYV2' } },
  {
    port: ON.proxyOverTcp,
    members: BYTES,
    pool: { protocol: 'PROXY' },
    listener: { protocol: 'TCP' },
  },
  { port: ON.tcp, members: BYTES, pool: { protocol: 'TCP' }, listener: { protocol: 'TCP' } },
];

let plane: DataPlane;
let clients: TenantMachine;
let clientAddresses: readonly string[];

beforeAll(async () => {
  plane = await openDataPlane();
  const { options, networkName, loadBalancerId } = plane;
  const web = await startTenantMachine(options, networkName, 'web', WEB_SERVERS);
  clients = await startTenantMachine(options, networkName, 'clients', []);
  // Behind all that the network hands out.
  const [a, b, c] = web.address.split('.').map(Number);
  const further = Array.from(
    { length: CLIENTS },
    (_, index) => `${a}.${b}.${Number(c) + 3}.${10 + index}`,
  );
  clientAddresses = further;
  await addAddresses(
    clients,
    further.map((address) => `${address}/22`),
  );
  await plane.apply(partsOf(loadBalancerId, web.address, SERVICES));
});
afterAll(() => plane?.close());

const at = (port: number, path = '/'): string => `http://${plane.vip}:${port}${path}`;

/** Whom each of several clients is sent to, of three requests each. */
async function membersByClient(port: number): Promise<readonly ReadonlySet<string>[]> {
  return Promise.all(
    clientAddresses.map(async (localAddress) => {
      const names = new Set<string>();
      for (let request = 0; request < 3; request++) {
        const { body } = await clients.fetch({ url: at(port), localAddress });
        names.add((JSON.parse(body) as { name: string }).name);
      }
      return names;
    }),
  );
}

function cookieOf(header: readonly string[] | undefined): string {
  return header?.[0]?.split(';')[0] ?? '';
}

/** What a member read before and in the request, as text of one byte a character. */
async function bytesAt(port: number, host = plane.vip): Promise<string> {
  const { body } = await ask(`http://${host}:${port}/`);
  return Buffer.from((JSON.parse(body) as { hex: string }).hex, 'hex').toString('latin1');
}

describe('the member of a request is chosen', () => {
  test('in turn, by weight', async () => {
    expect(await tally(at(ON.weights), 12)).toEqual({ one: 9, two: 3 });
  });

  test('as the one with the fewest connections', async () => {
    const done = new AbortController();
    const held = ask(at(ON.leastConnections, '/?slow=30000'), {}, { signal: done.signal });
    held.catch(() => {});
    await expect
      .poll(async () => Object.keys(await tally(at(ON.leastConnections), 4)).length, {
        timeout: 20_000,
      })
      .toBe(1);
    done.abort();
  });

  test('by the address of the client', async () => {
    const members = await membersByClient(ON.sourceIp);
    expect(members.map(({ size }) => size)).toEqual(members.map(() => 1));
    expect(new Set(members.flatMap((each) => [...each]))).toEqual(new Set(['one', 'two']));
  });

  test('by the address and the port of the client', async () => {
    expect(Object.keys(await tally(at(ON.sourceIpPort), 30)).toSorted()).toEqual(['one', 'two']);
  });
});

describe('a client stays with its member', () => {
  test('by its address', async () => {
    const members = await membersByClient(ON.stickyAddress);
    expect(members.map(({ size }) => size)).toEqual(members.map(() => 1));
    expect(new Set(members.flatMap((each) => [...each]))).toEqual(new Set(['one', 'two']));
  });

  test('by a cookie of the load balancer’s, of which the member does not hear', async () => {
    const { headers, body } = await ask(at(ON.stickyCookie));
    const cookie = cookieOf(headers['set-cookie']);
    expect(cookie).toMatch(/^SRV=/);
    const { name } = JSON.parse(body) as { name: string };
    expect(await tally(at(ON.stickyCookie), 5, { cookie })).toEqual({ [name]: 5 });
    const told = await received(at(ON.stickyCookie), { cookie: `a=b; ${cookie}` });
    expect(told.headers.cookie).toBe('a=b');
    expect(await tally(at(ON.stickyCookie), 4)).toEqual({ one: 2, two: 2 });
  });

  test('by a cookie of the member’s', async () => {
    for (const name of ['one', 'two']) {
      await expect
        .poll(async () =>
          cookieOf(
            (await ask(at(ON.stickyAppCookie, '/?cookie=JSESSIONID'))).headers['set-cookie'],
          ),
        )
        .toBe(`JSESSIONID=of-${name}`);
      const cookie = `JSESSIONID=of-${name}`;
      expect(await tally(at(ON.stickyAppCookie), 5, { cookie })).toEqual({ [name]: 5 });
    }
    expect(Object.keys(await tally(at(ON.stickyAppCookie), 4))).toHaveLength(2);
  });
});

describe('members are told of the client before its first byte', () => {
  test.each(['proxy', 'proxyOverTcp'] as const)('in text: %s', async (name) => {
    const { vip, vip6 } = plane;
    const v4 = new RegExp(
      String.raw`^PROXY TCP4 \S+ ${vip.replaceAll('.', '\\.')} \d+ ${ON[name]}\r\nGET /`,
    );
    expect(await bytesAt(ON[name])).toMatch(v4);
    expect(await bytesAt(ON[name], `[${vip6}]`)).toMatch(
      /^PROXY TCP6 \S+:\S+ \S+:\S+ \d+ \d+\r\nGET \//,
    );
  });

  test('in the binary form', async () => {
    expect((await bytesAt(ON.proxyV2)).slice(0, 14)).toBe('\r\n\r\n\0\r\nQUIT\n\x21\x11');
    expect((await bytesAt(ON.proxyV2, `[${plane.vip6}]`)).slice(12, 14)).toBe('\x21\x21');
  });

  test('only where the pool says so', async () => {
    expect(await bytesAt(ON.tcp)).toMatch(/^GET \//);
  });
});
