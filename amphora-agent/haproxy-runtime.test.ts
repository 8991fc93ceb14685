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

beforeAll(async () => {
  machine = await TestMachine.create();
  tenant = new Tenant(machine);
  loadBalancer = new TestLoadBalancer(machine);
  await machine.startAgent();
  await Promise.all(PORTS.map((port) => tenant.startMember(port, `${port}`)));
  expect((await loadBalancer.plugVip()).status).toBe(202);
  members = PORTS.map(memberAt);
  await change(members);
  await change(members);
});
afterAll(async () => {
  tenant.stop();
  await machine.remove();
});

function memberAt(port: number): ConfigMember {
  return { id: randomUUID(), address: `203.0.113.1:${port}` };
}

async function change(wanted: readonly ConfigMember[]): Promise<void> {
  members = wanted;
  expect((await loadBalancer.upload(loadBalancer.config(members))).status).toBe(202);
  const answer = await loadBalancer.act('reload');
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
}

const socket = (): string => join(machine.base, `${loadBalancer.id}.sock`);
const worker = (): Promise<number | null> => workerPid(socket());

/** Name → where, how much, and whether it is out of service, as HAProxy says. */
async function picture(): Promise<unknown> {
  const running = parseServersState(await askHaproxy(socket(), 'show servers state'));
  return Object.fromEntries(
    running.map((server) => [
      server.name,
      [`${server.address}:${server.port}`, server.weight, server.isInMaintenance, server.isChecked],
    ]),
  );
}

function wantedPicture(): unknown {
  return Object.fromEntries(
    members.map(({ id, address, weight = 1, isDisabled = false }) => [
      id,
      [address, weight, isDisabled, true],
    ]),
  );
}

/** Each of the ways in which members change; the first stays as it is, so that somebody always serves. */
function nextMembers(step: number): readonly ConfigMember[] {
  const [first, second, ...rest] = members as [ConfigMember, ConfigMember, ...ConfigMember[]];
  switch (step % 5) {
    case 0:
      return [first, { ...second, weight: 2 + (step % 200) }, ...rest];
    case 1:
      return [first, { ...second, isDisabled: true }, ...rest];
    case 2:
      return [first, { ...second, isDisabled: false }, ...rest];
    case 3:
      return [first, { ...second, address: otherAddress(second) }, ...rest];
    default:
      return [first, second, memberAt(8003)];
  }
}

function otherAddress({ address }: ConfigMember): string {
  return address.endsWith('8002') ? '203.0.113.1:8003' : '203.0.113.1:8002';
}

it('changes of members lose no request and need no reload', async () => {
  const before = await worker();
  const endLoad = tenant.startKeepAliveLoad(VIP, 80, 500);
  for (let step = 0; step < CHANGES; step++) {
    await change(nextMembers(step));
    expect(await picture(), `change ${step}`).toEqual(wantedPicture());
  }
  const figures = await endLoad();
  console.log(`${CHANGES} changes, ${figures.ok} requests answered, ${figures.failed} lost`);
  expect(figures).toMatchObject({ failed: 0, reasons: {} });
  expect(figures.ok).toBeGreaterThan(CHANGES);
  expect(await worker(), machine.log).toBe(before);
}, 300_000);

it('what cannot be changed while it runs is reloaded, and ends as its file says', async () => {
  const before = await worker();
  const [first, ...rest] = members as [ConfigMember, ...ConfigMember[]];
  await change([{ ...first, words: ' backup' }, ...rest]);
  expect(await worker()).not.toBe(before);
  expect(await picture()).toEqual(wantedPicture());
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
