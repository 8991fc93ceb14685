import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { AdditionalVip, Vip } from '#core/domain/vip.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { run } from './command.ts';
import { LocalCloud } from './local-cloud.ts';
import { localSubnetId } from './names.ts';
import { localNetwork } from './network-driver.ts';
import { joinNetwork, type TenantAddresses } from './tenant.ts';
import { ip } from './testing/host-state.ts';
import { type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';

const OPEN = 8080;
const SHUT = 8081;
const LIMITED = 8082;
// A busy machine may take its time.
const SOON = { timeout: 60_000 };

let db: TestDatabase;
let scratch: ScratchCloud;
let holder: string;
let neighbour: { readonly namespace: string } & TenantAddresses;
let server: ChildProcess;
let vip: Vip;
let vip6: string;
let additionalVips: readonly AdditionalVip[];
let tree: LoadBalancerTree;
const loadBalancerId = randomUUID();

beforeAll(async () => {
  db = await createTestDatabase();
  scratch = await startScratchCloud(db.database);
  const { options } = scratch;
  holder = `${options.namePrefix}-holder`;
  await joinNetwork(options, { namespace: holder, networkName: 'private' });
  const namespace = `${options.namePrefix}-neighbour`;
  neighbour = { namespace, ...(await joinNetwork(options, { namespace, networkName: 'private' })) };
  await allocate();
  server = await listenInHolder();
  tree = treeWith([
    { protocolPort: OPEN, allowedCidrs: [] },
    {
      protocolPort: LIMITED,
      allowedCidrs: [`${neighbour.address}/32`, `${neighbour.address6}/128`],
    },
    { protocolPort: SHUT, allowedCidrs: [], provisioningStatus: 'PENDING_DELETE' },
  ]);
});
afterAll(async () => {
  server.kill('SIGKILL');
  await scratch.close();
  await db.close();
});

test('before a load balancer has rules nothing is filtered', async () => {
  await expect.poll(() => reach(SHUT), SOON).toBe('connected');
});

test('only the ports of listeners are open at a VIP', async () => {
  await localNetwork(scratch.options).updateVipRules(tree);
  await expect.poll(() => reach(OPEN), SOON).toBe('connected');
  expect(await reach(SHUT)).toBe('nothing');
});

test('a listener with allowed_cidrs is open to them and to nobody else', async () => {
  await localNetwork(scratch.options).updateVipRules(tree);
  expect(await reach(LIMITED)).toBe('nothing');
  expect(await reachFromNeighbour(LIMITED)).toBe('connected');
});

test('the same goes for an IPv6 address of the load balancer', async () => {
  await localNetwork(scratch.options).updateVipRules(tree);
  await expect.poll(() => reach(OPEN, vip6), SOON).toBe('connected');
  expect(await reach(SHUT, vip6)).toBe('nothing');
  expect(await reach(LIMITED, vip6)).toBe('nothing');
  expect(await reachFromNeighbour(LIMITED, vip6)).toBe('connected');
});

test('a VIP answers ping whatever its rules are', async () => {
  await localNetwork(scratch.options).updateVipRules(tree);
  for (const address of [`${vip.address}`, vip6])
    await expect(run('ping', ['-c', '1', '-W', '2', address])).resolves.toContain('1 received');
});

test('the newest rules count', async () => {
  const network = localNetwork(scratch.options);
  await network.updateVipRules(tree);
  await network.updateVipRules(treeWith([{ protocolPort: SHUT, allowedCidrs: [] }]));
  await expect.poll(() => reach(SHUT), SOON).toBe('connected');
  expect(await reach(OPEN)).toBe('nothing');
});

test('networks that lie in each other, and a port that peers of a pair use too, make no conflict', async () => {
  const everywhere = ['0.0.0.0/0', '::/0', '10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8'];
  const peerPort = 1025;
  await localNetwork(scratch.options).updateVipRules(
    treeWith([
      { protocolPort: OPEN, allowedCidrs: everywhere },
      { protocolPort: peerPort, allowedCidrs: ['0.0.0.0/0'] },
    ]),
  );
  await expect.poll(() => reach(OPEN), SOON).toBe('connected');
  await expect.poll(() => reach(OPEN, vip6), SOON).toBe('connected');
  expect(await tableText()).toContain(`tcp dport ${peerPort} `);
  expect(await reach(SHUT)).toBe('nothing');
});

test('rules are there again after a restart of the host', async () => {
  await localNetwork(scratch.options).updateVipRules(tree);
  await run('nft', ['delete', 'table', 'bridge', `${scratch.options.namePrefix}-vips`]);
  await expect.poll(() => reach(SHUT), SOON).toBe('connected');
  await new LocalCloud(scratch.options).start();
  expect(await reach(SHUT)).toBe('nothing');
});

test('load balancers whose rules change at once all get theirs', async () => {
  const network = localNetwork(scratch.options);
  const others = Array.from({ length: 12 }, (_, index) => ({
    ...treeWith([{ protocolPort: 1000 + index, allowedCidrs: [] }]),
    id: randomUUID(),
    vip: { ...vip, address: `192.0.2.${index + 1}` },
    additionalVips: [],
  }));
  await Promise.all(others.map((other) => network.updateVipRules(other)));
  const rules = await tableText();
  for (const [index] of others.entries())
    expect(rules).toContain(`tcp dport ${1000 + index} accept`);
});

test('the rules go with the VIP', async () => {
  await localNetwork(scratch.options).updateVipRules(tree);
  await localNetwork(scratch.options).deallocateVip(loadBalancerId, vip);
  expect(await tableText()).not.toContain(vip.address);
  await expect.poll(() => reach(SHUT), SOON).toBe('connected');
});

async function allocate(): Promise<void> {
  const { options } = scratch;
  const wish: Vip = {
    address: null,
    subnetId: localSubnetId(options.namePrefix, 'private'),
    networkId: null,
    portId: null,
    qosPolicyId: null,
    securityGroupIds: [],
    vnicType: 'normal',
    isOctaviaOwned: false,
  };
  const subnetId = localSubnetId(options.namePrefix, 'private', 6);
  const further = [{ subnetId, ipAddress: null, portId: null, networkId: null }];
  const network = localNetwork(options);
  const allocated = await network.allocateVip(loadBalancerId, 'project', wish, further);
  vip = allocated.vip;
  additionalVips = allocated.additionalVips;
  vip6 = additionalVips[0]?.ipAddress ?? '';
}

/** Carries both addresses in place of an amphora. */
async function listenInHolder(): Promise<ChildProcess> {
  const link = /^\d+: (net\w+)@/m.exec(ip(holder, '-o', 'link'))?.[1] ?? '';
  ip(holder, 'address', 'add', `${vip.address}/32`, 'dev', link);
  ip(holder, 'address', 'add', `${vip6}/128`, 'dev', link, 'nodad');
  const program = `
    const net = require('node:net');
    let left = 3;
    for (const port of [${OPEN}, ${SHUT}, ${LIMITED}])
      net.createServer((socket) => socket.end()).listen(port, () => --left || console.log('up'));`;
  const child = spawn('nsenter', [`--net=/run/netns/${holder}`, process.execPath, '-e', program]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

async function reach(port: number, host = `${vip.address}`): Promise<'connected' | 'nothing'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 400 });
    const end = (outcome: 'connected' | 'nothing'): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end('connected'));
    socket.once('timeout', () => end('nothing'));
    socket.once('error', () => end('nothing'));
  });
}

async function reachFromNeighbour(port: number, host = vip.address): Promise<string> {
  const program = `require('node:net').connect(${port}, '${host}', () => process.exit(0)).setTimeout(10000, () => process.exit(1))`;
  const namespace = `--net=/run/netns/${neighbour.namespace}`;
  return run('nsenter', [namespace, process.execPath, '-e', program]).then(
    () => 'connected',
    () => 'nothing',
  );
}

function tableText(): Promise<string> {
  return run('nft', ['list', 'table', 'bridge', `${scratch.options.namePrefix}-vips`]);
}

/** What the driver reads of a tree. */
function treeWith(listeners: readonly object[]): LoadBalancerTree {
  return {
    id: loadBalancerId,
    vip,
    additionalVips,
    listeners: listeners.map((listener) => ({
      protocol: 'HTTP',
      provisioningStatus: 'ACTIVE',
      ...listener,
    })),
  } as unknown as LoadBalancerTree;
}
