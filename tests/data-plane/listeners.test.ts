import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '#drivers/local/command.ts';
import { ask, received } from './testing/client.ts';
import { type DataPlane, openDataPlane } from './testing/data-plane.ts';
import { partsOf, type Service } from './testing/service.ts';
import { startTenantMachine, type TenantMachine } from './testing/tenant-machine.ts';
import { PORTS, WEB_SERVERS } from './testing/web-servers.ts';

const ONE = [{ protocolPort: PORTS.one }];
const DROPPED = 8010;
const ON = {
  plain: 3001,
  headers: 3002,
  narrow: 3003,
  limited: 3004,
  idleTcp: 3011,
  idleHttp: 3012,
  slowMember: 3013,
  farMember: 3014,
} as const;

const TOLD = { 'X-Forwarded-For': 'true', 'X-Forwarded-Port': 'true', 'X-Forwarded-Proto': 'true' };

function services({ address, address6 }: TenantMachine): readonly Service[] {
  return [
    { port: ON.plain, members: ONE },
    { port: ON.headers, members: ONE, listener: { insertHeaders: TOLD } },
    {
      port: ON.narrow,
      members: ONE,
      listener: { allowedCidrs: [`${address}/32`, `${address6}/128`] },
    },
    { port: ON.limited, members: ONE, listener: { connectionLimit: 1 } },
    {
      port: ON.idleTcp,
      members: ONE,
      listener: { protocol: 'TCP', timeoutClientDataMs: 500 },
      pool: { protocol: 'TCP' },
    },
    { port: ON.idleHttp, members: ONE, listener: { timeoutClientDataMs: 500 } },
    { port: ON.slowMember, members: ONE, listener: { timeoutMemberDataMs: 500 } },
    {
      port: ON.farMember,
      members: [{ protocolPort: DROPPED }],
      listener: { timeoutMemberConnectMs: 200 },
    },
  ];
}

let plane: DataPlane;
let web: TenantMachine;

beforeAll(async () => {
  plane = await openDataPlane();
  const { options, networkName, loadBalancerId } = plane;
  web = await startTenantMachine(options, networkName, 'web', WEB_SERVERS);
  const nft = `table inet t { chain c { type filter hook input priority 0; tcp dport ${DROPPED} drop; }; }`;
  await run('ip', ['netns', 'exec', web.namespace, 'nft', nft]);
  await plane.apply(partsOf(loadBalancerId, web.address, services(web)));
});
afterAll(() => plane?.close());

const at = (port: number, path = '/', host = plane.vip): string => `http://${host}:${port}${path}`;

test('members are told of the client only what the listener says, and nothing that a client made up', async () => {
  const { headers, peer } = await received(at(ON.headers), {
    'x-forwarded-port': '1',
    'x-forwarded-proto': 'https',
  });
  const host = plane.options.networks[0]?.match(/=(\d+\.\d+\.\d+)\./)?.[1];
  expect(headers).toMatchObject({
    'x-forwarded-for': `${host}.1`,
    'x-forwarded-port': `${ON.headers}`,
    'x-forwarded-proto': 'http',
  });
  expect(peer.address).not.toContain(plane.vip);
  const plain = await received(at(ON.plain));
  expect(Object.keys(plain.headers).filter((name) => name.startsWith('x-'))).toEqual([]);
});

test('a listener serves at every address of the load balancer, and tells which client came by it', async () => {
  const { headers } = await received(at(ON.headers, '/', `[${plane.vip6}]`));
  expect(headers['x-forwarded-for']).toMatch(/^fd00:.*::1$/);
});

test('allowed_cidrs: whom the listener does not allow gets no connection, in both families', async () => {
  for (const host of [plane.vip, `[${plane.vip6}]`]) {
    expect((await web.fetch({ url: at(ON.narrow, '/', host) })).status).toBe(200);
    await expect(ask(at(ON.narrow, '/', host), {}, { timeout: 700 })).rejects.toThrow('no answer');
  }
});

test('connection_limit: one connection more waits until one ends, and is served then', async () => {
  const first = await openConnection(ON.limited);
  expect(await requestOver(first)).toContain('200 OK');
  let isServed = false;
  const second = received(at(ON.limited)).then((answer) => {
    isServed = true;
    return answer;
  });
  for (let request = 0; request < 20; request++) await requestOver(first);
  expect(isServed).toBe(false);
  first.destroy();
  expect((await second).name).toBe('one');
});

describe('timeouts', () => {
  test('client data: a connection on which a client says nothing is closed', async () => {
    const tcp = await openConnection(ON.idleTcp);
    await once(tcp.resume(), 'close');
    const http = await openConnection(ON.idleHttp);
    http.write('GET / HTTP/1.1\r\nHost: half\r\n');
    const said = await once(http, 'data');
    expect(String(said[0])).toContain('408 Request Time-out');
    http.destroy();
  });

  test('member data: who answers too late is not waited for', async () => {
    expect((await ask(at(ON.slowMember, '/?slow=60000'))).status).toBe(504);
    expect((await ask(at(ON.slowMember))).status).toBe(200);
  });

  test('member connect: who takes no connection is not waited for', async () => {
    // With the default of 5 s HAProxy would try for longer than the client waits.
    expect((await ask(at(ON.farMember))).status).toBe(503);
  });
});

async function openConnection(port: number): Promise<Socket> {
  const socket = connect({ host: plane.vip, port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** @returns what comes first */
async function requestOver(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}
