import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workerPid } from './apply/haproxy-reload.ts';
import { parseServersState } from './apply/haproxy-servers-state.ts';
import { askHaproxy } from './runtime-socket.ts';
import { TestLoadBalancer, VIP } from './testing/load-balancer.ts';
import type { ConfigMember } from './testing/load-balancer-config.ts';
import { TestMachine } from './testing/machine.ts';
import { Tenant } from './testing/tenant.ts';

/** All of them on demand: `MEMBER_CHANGES=200`. */
const CHANGES = Number(process.env['MEMBER_CHANGES'] ?? 30);
const PORTS = [8001, 8002, 8003];

let machine: TestMachine;
let tenant: Tenant;
let loadBalancer: TestLoadBalancer;
let members: readonly ConfigMember[];
let persistence: readonly string[];

const BY_SOURCE = ['stick-table type ipv6 size 10k', 'stick on src'];
const BY_COOKIE = ['cookie SRV insert indirect nocache'];

beforeAll(async () => {
  machine = await TestMachine.create();
  tenant = new Tenant(machine);
  loadBalancer = new TestLoadBalancer(machine);
  await machine.startAgent();
  await Promise.all(PORTS.map((port) => tenant.startMember(port, `${port}`)));
  expect((await loadBalancer.plugVip()).status).toBe(202);
  members = PORTS.map((port) => memberAt(port));
  persistence = BY_SOURCE;
  await change(members);
  await change(members);
});
afterAll(async () => {
  tenant.stop();
  await machine.remove();
});

function memberAt(port: number, words = ''): ConfigMember {
  return { id: randomUUID(), address: `203.0.113.1:${port}`, words };
}

function withCookie(member: ConfigMember): ConfigMember {
  return { ...member, words: ` cookie ${member.id}` };
}

async function change(wanted: readonly ConfigMember[]): Promise<void> {
  members = wanted;
  const config = loadBalancer.config(members, 80, persistence);
  expect((await loadBalancer.upload(config)).status).toBe(202);
  const answer = await loadBalancer.act('reload');
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
}

const socket = (): string => join(machine.base, `${loadBalancer.id}.sock`);
const worker = (): Promise<number | null> => workerPid(socket());

/** Name → where, how much, whether it is out of service or for need only, and how it is checked, as HAProxy says. */
async function picture(): Promise<unknown> {
  const running = parseServersState(await askHaproxy(socket(), 'show servers state'));
  const reserve = await backupNames();
  return Object.fromEntries(
    running.map(({ name, address, port, weight, isInMaintenance, isChecked, ...checks }) => [
      name,
      {
        member: [`${address}:${port}`, weight, isInMaintenance, isChecked],
        isBackup: reserve.includes(name),
        monitor: [checks.monitorAddress, checks.monitorPort],
      },
    ]),
  );
}

async function backupNames(): Promise<readonly string[]> {
  const [head = '', ...rows] = (await askHaproxy(socket(), 'show stat -1 4 -1')).split('\n');
  const columns = head.replace('# ', '').split(',');
  const [name, isBackup] = ['svname', 'bck'].map((column) => columns.indexOf(column));
  return rows
    .map((row) => row.split(','))
    .filter((row) => row[isBackup ?? -1] === '1')
    .map((row) => row[name ?? -1] ?? '');
}

function wantedPicture(): unknown {
  return Object.fromEntries(
    members.map(({ id, address, weight = 1, isDisabled = false, words = '' }) => [
      id,
      {
        member: [address, weight, isDisabled, true],
        isBackup: words.includes(' backup'),
        monitor: [
          / addr (\S+)/.exec(words)?.[1] ?? null,
          Number(/ port (\d+)/.exec(words)?.[1] ?? 0),
        ],
      },
    ]),
  );
}

/** Each of the ways in which members change; the first stays as it is, so that somebody always serves. */
function nextMembers(step: number): readonly ConfigMember[] {
  const [first, second, ...rest] = members as [ConfigMember, ConfigMember, ...ConfigMember[]];
  const toggled = (words: string): readonly ConfigMember[] => [
    first,
    { ...second, words: second.words === words ? '' : words },
    ...rest,
  ];
  switch (step % 10) {
    case 0:
      return [first, { ...second, weight: 2 + (step % 200) }, ...rest];
    case 1:
      return [first, { ...second, isDisabled: true }, ...rest];
    case 2:
      return [first, { ...second, isDisabled: false }, ...rest];
    case 3:
      return [first, { ...second, address: otherAddress(second) }, ...rest];
    case 4:
    case 5:
      return toggled(' backup');
    case 6:
    case 7:
      return toggled(' addr 203.0.113.1 port 8001');
    case 8:
      return toggled(' port 8003');
    default:
      return [first, { ...second, words: '' }, memberAt(8003, step % 2 === 0 ? ' backup' : '')];
  }
}

function otherAddress({ address }: ConfigMember): string {
  return address.endsWith('8002') ? '203.0.113.1:8003' : '203.0.113.1:8002';
}

/** On a machine that starves, members look down or their requests take long: then a reload is right. */
function needlessReloads(log: string): readonly string[] {
  const reasons = [...log.matchAll(/"why":"([^"]*)"/g)].map(([, why = '']) => why);
  return reasons.filter((why) => !/nobody would serve|too busy to go/.test(why));
}

it('changes of members lose no request and need no reload', async () => {
  const { length } = machine.log;
  const endLoad = tenant.startKeepAliveLoad(VIP, 80, 500);
  for (let step = 0; step < CHANGES; step++) {
    await change(nextMembers(step));
    expect(await picture(), `change ${step}`).toEqual(wantedPicture());
  }
  const figures = await endLoad();
  console.log(`${CHANGES} changes, ${figures.ok} requests answered, ${figures.failed} lost`);
  expect(figures).toMatchObject({ failed: 0, reasons: {} });
  expect(figures.ok).toBeGreaterThan(CHANGES);
  expect(needlessReloads(machine.log.slice(length))).toEqual([]);
}, 300_000);

it('with cookies in the file members change and go without a reload, and come with one', async () => {
  persistence = BY_COOKIE;
  await change(members.map(withCookie));
  const before = await worker();
  const [first, second] = members as [ConfigMember, ConfigMember];
  await change([
    { ...first, weight: 9 },
    { ...second, isDisabled: true },
  ]);
  expect(await picture()).toEqual(wantedPicture());
  expect(await worker()).toBe(before);
  await change([...members, withCookie(memberAt(8003))]);
  expect(await worker()).not.toBe(before);
  expect(await picture()).toEqual(wantedPicture());
});

it('what cannot be changed while it runs is reloaded, and ends as its file says', async () => {
  persistence = BY_SOURCE;
  await change(PORTS.map((port) => memberAt(port)));
  const before = await worker();
  const [first, ...rest] = members as [ConfigMember, ...ConfigMember[]];
  await change([{ ...first, words: ' slowstart 1s' }, ...rest]);
  expect(await worker()).not.toBe(before);
  expect(await picture()).toEqual(wantedPicture());
});

it('a member that is down becomes a backup without being taken for one that is up', async () => {
  const dead = { ...memberAt(8009), words: ' addr 203.0.113.1 port 8009' };
  await change([memberAt(8001), dead]);
  const isUp = async (): Promise<boolean | undefined> =>
    parseServersState(await askHaproxy(socket(), 'show servers state')).find(
      ({ name }) => name === dead.id,
    )?.isUp;
  await expect.poll(isUp, { timeout: 20_000 }).toBe(false);
  const before = await worker();
  const [first] = members as [ConfigMember];
  await change([first, { ...dead, words: `${dead.words} backup` }]);
  expect([await isUp(), await worker()]).toEqual([false, before]);
  expect(await picture()).toEqual(wantedPicture());
  await change([first, { ...dead, address: '203.0.113.1:8002', words: '' }]);
  await expect.poll(isUp, { timeout: 20_000 }).toBe(true); // where it is checked now it is alive
});

it('a member that nobody stands in for is not taken away to become a backup', async () => {
  await change([memberAt(8001)]);
  const before = await worker();
  const [only] = members as [ConfigMember];
  await change([{ ...only, words: ' backup' }]);
  expect(await worker()).not.toBe(before);
  expect(await picture()).toEqual(wantedPicture());
  await change(PORTS.map((port) => memberAt(port)));
});

it('what was told and a reload lead to the same', async () => {
  const [first, second, third] = members as [ConfigMember, ConfigMember, ConfigMember];
  const given = ' addr 203.0.113.1 port 8001';
  await change([
    { ...first, weight: 3 },
    { ...second, words: given },
    { ...third, words: given },
  ]);
  const before = await worker();
  await change([{ ...first, words: ' backup' }, { ...second, words: '' }, members[2] ?? third]);
  const told = await picture();
  expect([await worker(), told]).toEqual([before, wantedPicture()]);
  await change(members);
  expect(await worker()).not.toBe(before);
  expect(await picture()).toEqual(told);
});

it('a reload takes nothing over that was set before and is not in its file', async () => {
  const [first, second, third] = members as [ConfigMember, ConfigMember, ConfigMember];
  await change([{ ...first, weight: 7 }, { ...second, isDisabled: true }, third]);
  await change([first, { ...second, address: '203.0.113.1:8003' }, { ...third, words: ' backup' }]);
  expect(await picture()).toEqual(wantedPicture());
});

it('an agent that comes back does not know what is served, and reloads', async () => {
  const before = await worker();
  await machine.stopAgent('SIGKILL');
  await machine.startAgent();
  await change(nextMembers(0));
  expect(await worker()).not.toBe(before);
  expect(await picture()).toEqual(wantedPicture());
});

it('pushes in a row right after a start all take effect', async () => {
  expect((await loadBalancer.act('stop')).status).toBe(202);
  expect((await loadBalancer.act('start')).status).toBe(202);
  for (let step = 0; step < 4; step++) {
    const [first, ...rest] = members as [ConfigMember, ...ConfigMember[]];
    await change([{ ...first, words: step % 2 === 0 ? ' slowstart 1s' : '' }, ...rest]);
    expect(await picture()).toEqual(wantedPicture());
  }
});
