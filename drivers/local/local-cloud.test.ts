import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { run } from './command.ts';
import { localCompute } from './compute-driver.ts';
import { LocalCloud } from './local-cloud.ts';
import { localNetworkId, machineNamespaceOf } from './names.ts';
import { localNetwork } from './network-driver.ts';
import { hostStateOf, ip } from './testing/host-state.ts';
import { IDLE_AGENT, type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());

/** Gone at the end of the test, however it ends. */
async function openScratch(
  agentCommand = IDLE_AGENT,
  changes: Partial<LocalCloudOptions> = {},
): Promise<ScratchCloud> {
  const scratch = await startScratchCloud(db.database, agentCommand, changes);
  onTestFinished(scratch.close);
  return scratch;
}

async function buildWithPort(options: LocalCloudOptions) {
  const amphoraId = randomUUID();
  const compute = localCompute(options);
  const { agentConfig } = localAmphoraPaths(options, amphoraId);
  const files = [{ path: agentConfig, contents: '' }];
  const { computeId } = await compute.build({ amphoraId, files, spec: DEFAULT_MACHINE });
  const port = await localNetwork(options).createPort({
    name: randomUUID(),
    networkId: localNetworkId(options.namePrefix, 'private'),
    deviceId: computeId,
    fixedIps: [],
    allowedAddresses: [],
    securityGroupIds: [],
  });
  await compute.attachPort(computeId, port.id);
  return { amphoraId, computeId, port, machine: await compute.get(computeId) };
}

test('a cloud that stops leaves nothing on the host, whatever ran in it', async () => {
  const { options, cloud } = await openScratch();
  const { amphoraId } = await buildWithPort(options);
  await run('ip', ['netns', 'add', `${options.namePrefix}-a-tenant`]);
  expect(hostStateOf(options.namePrefix).length).toBeGreaterThan(5);
  await cloud.stop();
  expect(hostStateOf(options.namePrefix)).toEqual([]);
  expect(existsSync(`/run/${options.namePrefix}-lb`)).toBe(false);
  expect(existsSync(localAmphoraPaths(options, amphoraId).agentConfig)).toBe(true);
});

test('stopping twice, or without ever having started, is fine; so is starting twice', async () => {
  const { options, cloud } = await openScratch();
  const state = hostStateOf(options.namePrefix);
  await cloud.start();
  expect(hostStateOf(options.namePrefix)).toEqual(state);
  await cloud.stop();
  await cloud.stop();
  await new LocalCloud(options).stop();
  expect(hostStateOf(options.namePrefix)).toEqual([]);
});

test('a restart brings every machine back with its addresses and NICs', async () => {
  const { options, cloud } = await openScratch();
  const built = await Promise.all(Array.from({ length: 4 }, () => buildWithPort(options)));
  await cloud.stop();
  const second = new LocalCloud(options);
  await second.start();
  for (const { amphoraId, computeId, port, machine } of built) {
    expect(await localCompute(options).get(computeId)).toEqual({ ...machine, status: 'ACTIVE' });
    const namespace = machineNamespaceOf(options.namePrefix, amphoraId);
    expect(ip(namespace, 'address', 'show', 'eth0')).toContain(`inet ${machine?.lbNetworkIp}/22`);
    expect(ip(namespace, 'link')).toContain(port.macAddress);
  }
  await second.stop();
});

test('two clouds live side by side, and the end of one is nothing to the other', async () => {
  const [one, two] = [await openScratch(), await openScratch()];
  const { computeId } = await buildWithPort(one.options);
  await buildWithPort(two.options);
  const state = hostStateOf(one.options.namePrefix);
  await two.cloud.stop();
  expect(hostStateOf(two.options.namePrefix)).toEqual([]);
  expect(hostStateOf(one.options.namePrefix)).toEqual(state);
  expect(await localCompute(one.options).get(computeId)).toMatchObject({ status: 'ACTIVE' });
});

test('a machine that the tables do not know is removed when the cloud starts', async () => {
  const { options, cloud } = await openScratch();
  const stranger = machineNamespaceOf(options.namePrefix, randomUUID());
  await run('ip', ['netns', 'add', stranger]);
  await cloud.start();
  expect(hostStateOf(options.namePrefix)).not.toContain(`namespace ${stranger}`);
});

test('remains of machines that the tables do not know are listed, and deleting them leaves nothing', async () => {
  const { options } = await openScratch();
  const { computeId, amphoraId } = await buildWithPort(options);
  const [running, folderOnly] = [randomUUID(), randomUUID()];
  await run('ip', ['netns', 'add', machineNamespaceOf(options.namePrefix, running)]);
  const { serverCert } = localAmphoraPaths(options, folderOnly);
  await mkdir(dirname(serverCert), { recursive: true });
  await writeFile(serverCert, 'a key');
  const compute = localCompute(options);
  const strangers = [running, folderOnly].map((id) => ({ computeId: id, amphoraId: id }));
  const listed = await compute.list();
  expect(new Set(listed)).toEqual(new Set([{ computeId, amphoraId }, ...strangers]));

  for (const stranger of strangers) await compute.delete(stranger.computeId);
  expect(await compute.list()).toEqual([{ computeId, amphoraId }]);
  expect(existsSync(serverCert)).toBe(false);
  expect(hostStateOf(options.namePrefix).filter((line) => line.includes(running))).toEqual([]);
  expect(await compute.get(computeId)).toMatchObject({ status: 'ACTIVE' });
});

test('one machine that does not come up keeps neither the cloud nor the others down', async () => {
  const { options, cloud } = await openScratch();
  const [broken, whole] = [await buildWithPort(options), await buildWithPort(options)];
  await cloud.stop();
  const errors: string[] = [];
  const logger = {
    ...options.logger,
    error: (fields: object) => void errors.push(JSON.stringify(fields)),
  };
  await run('rm', ['-r', localAmphoraPaths(options, broken.amphoraId).root]);
  await run('touch', [localAmphoraPaths(options, broken.amphoraId).root]);
  await new LocalCloud({ ...options, logger }).start();
  expect(await localCompute(options).get(whole.computeId)).toMatchObject({ status: 'ACTIVE' });
  expect(errors.join()).toContain(broken.amphoraId);
});

test('a range that another interface of the host has is refused, with the names of both', async () => {
  const { options } = await openScratch();
  const clash = openScratch(IDLE_AGENT, { networks: options.networks });
  await expect(clash).rejects.toThrow(/network private \(100\.\S+\) overlaps 100\.\S+ on z/);
});

test.each([
  [{ namePrefix: 'Long-one' }, /name_prefix is "Long-one"/],
  [{ networks: ['private'] }, /networks has "private"; it must be name=cidr/],
  [{ networks: ['private=10.1.2.3/16'] }, /"10.1.2.3\/16"; it must be an IPv4 network/],
  [{ networks: ['private=fd00::/64'] }, /"fd00::\/64"; it must be an IPv4 network/],
  [{ networks: ['private=10.1.0.0/16+fd00::1/64'] }, /"fd00::1\/64"; it must be an IPv6 network/],
  [
    { networks: ['a=198.18.0.0/16+fd00::/32', 'b=198.19.0.0/16+fd00:0:1::/64'] },
    /a \(fd00::\/32\) and b \(fd00:0:1::\/64\) overlap/,
  ],
  [{ networks: ['a=198.18.0.0/16', 'b=198.18.4.0/24'] }, /a \(.*\) and b \(.*\) overlap/],
  [{ lbNetworkCidr: 'fd00::/64' }, /lb_network_cidr has "fd00::\/64"/],
  [{ dataDir: 'relative' }, /data_dir is "relative"; it must be an absolute path/],
])('options that are not usable are refused by name: %o', async (changes, message) => {
  await expect(openScratch(IDLE_AGENT, changes)).rejects.toThrow(message);
});

test('a network keeps its range while it has ports, and may change it when it has none', async () => {
  const { options, cloud } = await openScratch();
  const { port } = await buildWithPort(options);
  await cloud.stop();
  const [first = '', ...others] = options.networks;
  const networks = [first.replace('/22', '/23'), ...others];
  const changed = new LocalCloud({ ...options, networks });
  await expect(changed.start()).rejects.toThrow(/private was 100.*\/22 and has ports there/);
  await localNetwork(options).deletePort(port.id);
  await changed.start();
  const subnets = await localNetwork(options).getNetwork(
    localNetworkId(options.namePrefix, 'private'),
  );
  const subnet = await localNetwork(options).getSubnet(subnets?.subnetIds[0] ?? '');
  expect(subnet?.cidr).toMatch(/\/23$/);
});
