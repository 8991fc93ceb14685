import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { run } from './command.ts';
import { localNetworkId } from './names.ts';
import { localNetwork } from './network-driver.ts';
import { joinNetwork, leaveNetwork } from './tenant.ts';
import { hostStateOf, ip } from './testing/host-state.ts';
import { type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';

let db: TestDatabase;
let scratch: ScratchCloud;
beforeAll(async () => {
  db = await createTestDatabase();
  scratch = await startScratchCloud(db.database);
});
afterAll(async () => {
  await scratch.close();
  await db.close();
});

test("two tenants' machines on one network reach each other and the host", async () => {
  const { options } = scratch;
  const [one, two] = ['one', 'two'].map((name) => `${options.namePrefix}-${name}`) as [
    string,
    string,
  ];
  await joinNetwork(options, { namespace: one, networkName: 'private' });
  const { address } = await joinNetwork(options, { namespace: two, networkName: 'private' });
  const gateway = /via (\S+)/.exec(ip(one, 'route'))?.[1];
  for (const target of [address, gateway])
    await expect(
      run('nsenter', [`--net=/run/netns/${one}`, 'ping', '-c', '1', '-W', '2', `${target}`]),
    ).resolves.toContain('1 received');
});

test("tenants' machines reach each other and the host over IPv6, on a network that has it", async () => {
  const { options } = scratch;
  const [one, two] = ['six', 'seven'].map((name) => `${options.namePrefix}-${name}`) as [
    string,
    string,
  ];
  await joinNetwork(options, { namespace: one, networkName: 'private' });
  const { address6 } = await joinNetwork(options, { namespace: two, networkName: 'private' });
  const gateway = /via (\S+)/.exec(ip(one, '-6', 'route'))?.[1];
  expect(gateway).toContain(':');
  for (const target of [address6, gateway])
    await expect(
      run('nsenter', [`--net=/run/netns/${one}`, 'ping', '-c', '1', '-W', '5', `${target}`]),
    ).resolves.toContain('1 received');
  const nic = { namespace: one, networkName: 'other' };
  expect((await joinNetwork(options, nic)).address6).toBeNull();
});

test('joining twice is joining once, and leaving gives the address back', async () => {
  const { options } = scratch;
  const nic = { namespace: `${options.namePrefix}-three`, networkName: 'other' };
  const first = await joinNetwork(options, nic);
  expect(await joinNetwork(options, nic)).toEqual(first);
  expect(ip(nic.namespace, '-o', 'link').match(/@/g)).toHaveLength(1);
  await leaveNetwork(options, nic);
  await leaveNetwork(options, nic);
  expect(ip(nic.namespace, '-o', 'link')).not.toContain('@');
  const again = await joinNetwork(options, { ...nic, address: first.address });
  expect(again).toEqual(first);
  await leaveNetwork(options, nic);
  await run('ip', ['netns', 'delete', nic.namespace]);
  expect(hostStateOf(options.namePrefix).join()).not.toContain('three');
});

test('an address that is taken, one outside the network, and an unknown network are refused', async () => {
  const { options } = scratch;
  const join = (address: string, networkName = 'private') =>
    joinNetwork(options, { namespace: `${options.namePrefix}-four`, networkName, address });
  const [, base] = /=(\d+\.\d+\.\d+)\./.exec(options.networks[0] ?? '') ?? [];
  await expect(join(`${base}.1`)).rejects.toThrow(`IP address ${base}.1 in subnet`);
  await expect(join('8.8.8.8')).rejects.toMatchObject({ code: 'validation-failure' });
  await expect(join(`${base}.0`)).rejects.toMatchObject({ code: 'validation-failure' });
  await expect(join(`${base}.9`, 'nowhere')).rejects.toThrow('no network nowhere');
});

test('a network whose addresses are all taken says so, and gives the next one that is set free', async () => {
  const { options } = scratch;
  const networkId = localNetworkId(options.namePrefix, 'tiny');
  const network = localNetwork(options);
  const make = (name: string) =>
    network.createPort({
      name,
      networkId,
      deviceId: '',
      fixedIps: [],
      allowedAddresses: [],
      securityGroupIds: [],
    });
  const made = [];
  // 16 addresses: but for the network's, the host's and the broadcast address.
  for (let index = 0; index < 13; index++) made.push(await make(`tiny-${index}`));
  expect(new Set(made.map((port) => port.fixedIps[0]?.ipAddress)).size).toBe(13);
  await expect(make('one-too-many')).rejects.toThrow(/no more IP addresses available/);
  const [first] = made;
  await network.deletePort(`${first?.id}`);
  expect((await make('last')).fixedIps).toEqual(first?.fixedIps);
});

test('an address rests before it is given again', async () => {
  const { options } = scratch;
  const nic = { namespace: `${options.namePrefix}-five`, networkName: 'private' };
  const first = await joinNetwork(options, nic);
  await leaveNetwork(options, nic);
  expect(await joinNetwork(options, nic)).not.toEqual(first);
});
