import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './testing/client.ts';
import { type DataPlane, openDataPlane } from './testing/data-plane.ts';
import { partsOf, type Service } from './testing/service.ts';
import { startTenantMachine } from './testing/tenant-machine.ts';
import { PORTS, WEB_SERVERS } from './testing/web-servers.ts';

type GivenMember = Service['members'][number];

interface Case extends Omit<Service, 'port' | 'members'> {
  readonly title: string;
  /** Of them the last one serves, and no other. */
  readonly members: (nobody: string, address6: string) => readonly GivenMember[];
  readonly serves: string;
}

const ONE = { protocolPort: PORTS.one };
const TWO = { protocolPort: PORTS.two };
const PICKY = { protocolPort: PORTS.picky };
const HEALTH = { httpMethod: 'GET', urlPath: '/health', expectedCodes: '200' } as const;
const TLS_POOL = { tlsEnabled: true } as const;

const CASES: readonly Case[] = [
  {
    title: 'HTTP: whose answer has another code is not asked',
    monitor: { type: 'HTTP', ...HEALTH },
    members: () => [{ protocolPort: PORTS.sick }, ONE],
    serves: 'one',
  },
  {
    title: 'HTTP: with a method, a host, a version of HTTP and a range of codes',
    monitor: {
      type: 'HTTP',
      httpMethod: 'HEAD',
      urlPath: '/health/deep?a=1&b=2',
      expectedCodes: '201-204',
      httpVersion: 1.1,
      domainName: 'health.test',
    },
    members: () => [ONE, PICKY],
    serves: 'picky',
  },
  {
    title: 'HTTPS: asked over TLS',
    monitor: { type: 'HTTPS', ...HEALTH },
    pool: TLS_POOL,
    members: () => [{ protocolPort: PORTS.sickTls }, { protocolPort: PORTS.tls }],
    serves: 'tls',
  },
  {
    title: 'TCP: who takes no connection is not asked',
    monitor: { type: 'TCP' },
    members: () => [{ protocolPort: PORTS.closed }, ONE],
    serves: 'one',
  },
  {
    title: 'TLS-HELLO: who takes connections and speaks no TLS is not asked',
    monitor: { type: 'TLS-HELLO' },
    pool: TLS_POOL,
    members: () => [{ protocolPort: PORTS.silent }, { protocolPort: PORTS.tls }],
    serves: 'tls',
  },
  {
    title: 'PING: a machine that is not there is not asked',
    monitor: { type: 'PING' },
    members: (nobody) => [{ ...ONE, address: nobody }, TWO],
    serves: 'two',
  },
  {
    title: 'at another port than that which serves',
    monitor: { type: 'TCP' },
    members: () => [
      { ...ONE, monitorPort: PORTS.closed },
      { ...TWO, monitorPort: PORTS.silent },
    ],
    serves: 'two',
  },
  {
    title: 'at another address than that which serves',
    monitor: { type: 'TCP' },
    members: (nobody, address6) => [
      { ...ONE, monitorAddress: nobody },
      { ...TWO, monitorAddress: address6 },
    ],
    serves: 'two',
  },
  {
    title: 'a backup member serves when no other can',
    monitor: { type: 'TCP' },
    members: () => [{ protocolPort: PORTS.closed }, { ...TWO, isBackup: true }],
    serves: 'two',
  },
  {
    title: 'a backup member does not serve as long as another can',
    monitor: { type: 'TCP' },
    members: () => [{ ...TWO, isBackup: true }, ONE],
    serves: 'one',
  },
  {
    title: 'a disabled member does not serve, nor one of weight 0',
    members: () => [{ ...ONE, isEnabled: false }, { ...PICKY, weight: 0 }, TWO],
    serves: 'two',
  },
  {
    title: 'members may have IPv6 addresses',
    monitor: { type: 'HTTP', ...HEALTH },
    members: (_, address6) => [
      { protocolPort: PORTS.sick, address: address6 },
      { ...ONE, address: address6 },
    ],
    serves: 'one',
  },
];
const FIRST_PORT = 2000;

let plane: DataPlane;
beforeAll(async () => {
  plane = await openDataPlane();
  const { options, networkName, loadBalancerId } = plane;
  const { address, address6 } = await startTenantMachine(options, networkName, 'web', WEB_SERVERS);
  const [a, b, c] = address.split('.').map(Number);
  const nobody = `${a}.${b}.${Number(c) + 3}.200`;
  const services = CASES.map((each, index) => ({
    ...each,
    // Whoever takes connections and says nothing is given up soon.
    listener: { timeoutMemberConnectMs: 1000 },
    port: FIRST_PORT + index,
    members: each.members(nobody, address6),
  }));
  await plane.apply(partsOf(loadBalancerId, address, services));
});
afterAll(() => plane?.close());

test.each(CASES.map((each, index) => ({ ...each, port: FIRST_PORT + index })))(
  '$title',
  async ({ port, serves }) => {
    await expect
      .poll(() => whoServes(`http://${plane.vip}:${port}/`), { interval: 200 })
      .toEqual([serves]);
  },
);

/** Of some requests; an answer of HAProxy's own is its status. */
async function whoServes(url: string): Promise<readonly string[]> {
  const answers = await Promise.all(Array.from({ length: 4 }, () => ask(url)));
  const names = answers.map(({ status, body }) =>
    status === 200 ? (JSON.parse(body) as { name: string }).name : `${status}`,
  );
  return [...new Set(names)].toSorted();
}
