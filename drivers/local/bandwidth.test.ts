import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import { run } from './command.ts';
import { localCompute } from './compute-driver.ts';
import { LocalCloud } from './local-cloud.ts';
import {
  hostLinkOf,
  localNetworkId,
  localQosPolicyId,
  machineNamespaceOf,
  queueLinkOf,
} from './names.ts';
import { localNetwork } from './network-driver.ts';
import type { LocalPort } from './port-table.ts';
import { IDLE_AGENT, type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';

const BOTH = 'both=egress:8000:800+ingress:4000:400';
const VRRP = 112;
const EXPERIMENTAL = 253;
const OUT = 'out=egress:2000:200';

let db: TestDatabase;
let scratch: ScratchCloud;
let cloud: LocalCloud;
let amphoraId: string;
let computeId: string;
let port: LocalPort;

beforeAll(async () => {
  db = await createTestDatabase();
  scratch = await startScratchCloud(db.database, IDLE_AGENT, { qosPolicies: [BOTH, OUT] });
  cloud = scratch.cloud;
  amphoraId = randomUUID();
  const files = [{ path: localAmphoraPaths(scratch.options, amphoraId).agentConfig, contents: '' }];
  const compute = localCompute(scratch.options);
  ({ computeId } = await compute.build({ amphoraId, files, spec: DEFAULT_MACHINE }));
  port = (await makePort('both')) as LocalPort;
  await compute.attachPort(computeId, port.id);
});
afterAll(async () => {
  await cloud.stop();
  await scratch.close();
  await db.close();
});

const policy = (name: string): string => localQosPolicyId(scratch.options.namePrefix, name);

function makePort(policyName: string): Promise<NetworkPort> {
  const { options } = scratch;
  return localNetwork(options).createPort({
    name: randomUUID(),
    networkId: localNetworkId(options.namePrefix, 'private'),
    deviceId: computeId,
    fixedIps: [],
    allowedAddresses: [],
    securityGroupIds: [],
    qosPolicyId: policy(policyName),
  });
}

/** In kbit/s, as the kernel holds them; null: no limit. */
async function limits(): Promise<{ egress: number | null; ingress: number | null }> {
  const { namePrefix } = scratch.options;
  return {
    egress: await rateOf(queueLinkOf(namePrefix, port.number)),
    ingress: await rateOf(hostLinkOf(namePrefix, port.number)),
  };
}

async function rateOf(link: string): Promise<number | null> {
  if (!readdirSync('/sys/class/net').includes(link)) return null;
  const [, rate, unit] = /htb 1:1 .* rate (\d+)([KM])bit/.exec(await classesOf(link)) ?? [];
  return rate === undefined ? null : Number(rate) * (unit === 'M' ? 1000 : 1);
}

async function classesOf(link: string): Promise<string> {
  return run('tc', ['-s', 'class', 'show', 'dev', link]);
}

test('a port is limited once it is plugged, changes its limits, and has none in the end', async () => {
  expect(await limits()).toEqual({ egress: 8000, ingress: 4000 });
  const network = localNetwork(scratch.options);
  await network.applyQosPolicy?.(port.id, policy('out'));
  expect(await limits()).toEqual({ egress: 2000, ingress: null });
  await network.applyQosPolicy?.(port.id, null);
  expect(await limits()).toEqual({ egress: null, ingress: null });
  await network.applyQosPolicy?.(port.id, policy('both'));
  expect(await limits()).toEqual({ egress: 8000, ingress: 4000 });
});

test('a port that is plugged in again has its limits again, also those that were set meanwhile', async () => {
  const compute = localCompute(scratch.options);
  await compute.detachPort(computeId, port.id);
  expect(await limits()).toEqual({ egress: null, ingress: null });
  await localNetwork(scratch.options).applyQosPolicy?.(port.id, policy('out'));
  await compute.attachPort(computeId, port.id);
  expect(await limits()).toEqual({ egress: 2000, ingress: null });
});

test('VRRP’s signs of life pass while all else that the machine sends is more than its limit', async () => {
  const queue = queueLinkOf(scratch.options.namePrefix, port.number);
  const statistics = async (handle: string): Promise<{ sent: number; dropped: number }> => {
    const text = await classesOf(queue);
    const [, sent, dropped] =
      new RegExp(`htb ${handle} [^]*?bytes (\\d+) pkt \\(dropped (\\d+)`).exec(text) ?? [];
    return { sent: Number(sent), dropped: Number(dropped) };
  };
  await connectMachine();
  const before = await statistics('1:2');
  await sendRaw(EXPERIMENTAL, 1400, 5000);
  await sendRaw(VRRP, 40, 20);
  await expect.poll(async () => (await statistics('1:2')).sent - before.sent).toBe(20);
  expect((await statistics('1:2')).dropped).toBe(0);
  expect((await statistics('1:1')).dropped).toBeGreaterThan(0);
});

test('after a restart of the cloud a machine has the limits that are declared then', async () => {
  await cloud.stop();
  cloud = new LocalCloud({ ...scratch.options, qosPolicies: ['out=egress:3000+ingress:1000'] });
  await cloud.start();
  expect(await limits()).toEqual({ egress: 3000, ingress: 1000 });
});

test('a policy that ports obey cannot be left out, and one that none obeys any more can', async () => {
  const network = localNetwork(scratch.options);
  expect(await network.hasQosPolicy?.(policy('both'))).toBe(false);
  const without = new LocalCloud({ ...scratch.options, qosPolicies: [] });
  await expect(without.start()).rejects.toThrow(
    `qos_policies has no out (${policy('out')}) any more, and ports obey it: 1 of them`,
  );
  await network.applyQosPolicy?.(port.id, null);
  await without.start();
  expect(await network.hasQosPolicy?.(policy('out'))).toBe(false);
});

async function inMachine(...command: readonly string[]): Promise<string> {
  const namespace = machineNamespaceOf(scratch.options.namePrefix, amphoraId);
  return run('ip', ['netns', 'exec', namespace, ...command]);
}

/** IP packets of a protocol of their own, as fast as it goes. */
async function sendRaw(protocol: number, bytes: number, count: number): Promise<void> {
  const to = `sockaddr_in(0, inet_aton("${neighbour()}"))`;
  const program = `socket(S, PF_INET, SOCK_RAW, ${protocol}) or die $!; send(S, "x" x ${bytes}, 0, ${to}) for 1 .. ${count}`;
  await inMachine('perl', '-MSocket', '-e', program);
}

/** What the agent would do: the NIC comes up with its address. */
async function connectMachine(): Promise<void> {
  const nic = `nic${port.number.toString(36)}`;
  await inMachine('ip', 'address', 'replace', `${port.fixedIps[0]?.ipAddress}/22`, 'dev', nic);
  await inMachine('ip', 'link', 'set', nic, 'up');
  await inMachine('ping', '-c', '1', '-W', '20', neighbour());
}

/** The host's own address on the port's network. */
function neighbour(): string {
  const [, base = ''] = /=([\d.]+)\.0\/22/.exec(scratch.options.networks[0] ?? '') ?? [];
  return `${base}.1`;
}
