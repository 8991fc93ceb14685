import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { childrenOf } from '../../amphora-agent/process-state.ts';
import { askHaproxy } from '../../amphora-agent/runtime-socket.ts';
import { run } from '../../amphora-agent/testing/command.ts';
import type { TestMachine } from '../../amphora-agent/testing/machine.ts';
import { Tenant } from '../../amphora-agent/testing/tenant.ts';
import { UdpTenant } from '../../amphora-agent/testing/udp-tenant.ts';
import { AmphoraPair, SECOND_VIP, UDP_PORTS, VIP } from './testing/amphora-pair.ts';
import { needsRoot } from './testing/own-cloud.ts';

const CLIENTS = [101, 102, 103, 104, 105, 106].map((last) => `203.0.113.${last}`);
const PATIENCE = { timeout: 30_000, interval: 50 };

let pair: AmphoraPair;
let tenant: Tenant;
let udp: UdpTenant;

beforeEach(needsRoot);
beforeAll(async () => {
  if (process.getuid?.() !== 0) return;
  pair = await AmphoraPair.create();
  const [first] = pair.machines;
  tenant = new Tenant(first);
  udp = new UdpTenant(first.tenantNamespace);
  const members = [tenant.startMember(8001, 'one'), tenant.startMember(8002, 'two')];
  const names = ['one', 'two'] as const;
  members.push(
    ...UDP_PORTS.map((port, index) => udp.serve('203.0.113.1', port, `${names[index]}`)),
  );
  for (const client of CLIENTS)
    await run('ip', '-n', first.tenantNamespace, 'address', 'add', `${client}/32`, 'dev', 'br0');
  await Promise.all([...members, pair.start()]);
});
afterAll(async () => {
  tenant?.stop();
  udp?.stop();
  await pair?.remove();
});

test('one of two amphorae has the VIPs of both families, and serves', async () => {
  const holder = await onlyHolder();
  await expect.poll(() => pair.holders(SECOND_VIP), PATIENCE).toEqual([holder]);
  await expect.poll(() => tenant.get(VIP, 80), PATIENCE).toMatch(/^(one|two)$/);
  await expect.poll(() => tenant.get(`[${SECOND_VIP}]`, 80), PATIENCE).toMatch(/^(one|two)$/);
});

test('UDP clients are served by the same one of the two', async () => {
  await expect.poll(udpMembers, PATIENCE).toEqual(['one', 'two']);
});

test('members with a PING monitor are asked for an echo', async () => {
  const { base } = await onlyHolder();
  const stats = (): Promise<string> => askHaproxy(join(base, `${pair.tree.id}.sock`), 'show stat');
  await expect.poll(stats, PATIENCE).toMatch(/,PROCOK,/);
});

test('when the machine with the VIP is lost the other serves, and clients stay with their members', async () => {
  const lost = await onlyHolder();
  const before = await membersOfClients();
  expect(new Set(before)).toEqual(new Set(['one', 'two']));
  const known = await clientsKnownTo(lost);
  expect(Math.max(...known)).toBeGreaterThanOrEqual(CLIENTS.length);
  await expect.poll(() => clientsKnownTo(pair.other(lost)), PATIENCE).toEqual(known);
  await watched('machine lost', async () => {
    await lost.loseMachine();
    await expect.poll(() => pair.holders(), PATIENCE).toEqual([pair.other(lost)]);
  });
  await expect.poll(() => tenant.get(VIP, 80), PATIENCE).toMatch(/^(one|two)$/);
  expect(await membersOfClients()).toEqual(before);
  await expect.poll(() => tenant.get(`[${SECOND_VIP}]`, 80), PATIENCE).toMatch(/^(one|two)$/);
  await expect.poll(udpMembers, PATIENCE).toEqual(['one', 'two']);

  await lost.makeNamespaces();
  await lost.startAgent();
  await pair.plugNic(lost);
  await watched('machine back', () => untilStandby(lost));
  expect(await pair.holders()).toEqual([pair.other(lost)]);
  expect(await membersOfClients()).toEqual(before);
});

test('when HAProxy dies it is started again, and one of the two amphorae serves', async () => {
  const holder = await onlyHolder();
  const pidFile = `${pair.tree.id}/${pair.tree.id}.pid`;
  const pid = await pair.pid(holder, pidFile);
  await watched('HAProxy killed', async () => {
    await killAll(pid);
    await expect.poll(() => pair.pid(holder, pidFile).catch(() => pid), PATIENCE).not.toBe(pid);
  });
  // The other one, unless HAProxy ran again before keepalived had looked twice.
  await onlyHolder();
  await expect.poll(() => tenant.get(VIP, 80), PATIENCE).toMatch(/^(one|two)$/);
  // Its machine was lost and came back: it has not been told of UDP since.
  await expect.poll(udpMembers, PATIENCE).toEqual(['one', 'two']);
});

test('when HAProxy freezes the other amphora serves, also after it thawed', async () => {
  const holder = await onlyHolder();
  const pid = await pair.pid(holder, `${pair.tree.id}/${pair.tree.id}.pid`);
  const family = [pid, ...(await childrenOf(pid))];
  await watched('HAProxy frozen', async () => {
    signalAll(family, 'SIGSTOP');
    await expect.poll(() => pair.holders(), PATIENCE).toEqual([pair.other(holder)]);
  });
  signalAll(family, 'SIGCONT');
  await untilStandby(holder);
  expect(await pair.holders()).toEqual([pair.other(holder)]);
});

test('a machine that was paused finds the other serving, and only one goes on', async () => {
  const holder = await onlyHolder();
  const said = await run('ip', 'netns', 'pids', holder.haproxyNamespace);
  const pids = said.split('\n').filter(Boolean).map(Number);
  await watched('machine paused', async () => {
    signalAll(pids, 'SIGSTOP');
    await expect.poll(() => pair.state(pair.other(holder)), PATIENCE).toBe('MASTER');
  });
  await watched('machine goes on', async () => {
    signalAll(pids, 'SIGCONT');
    await onlyHolder();
  });
});

test('when keepalived dies the VIP moves, and only one amphora has it once it runs again', async () => {
  const holder = await onlyHolder();
  const pid = await pair.pid(holder, 'vrrp/octavia-keepalived.pid');
  await watched('keepalived killed', async () => {
    await killAll(pid);
    await expect
      .poll(() => pair.pid(holder, 'vrrp/octavia-keepalived.pid').catch(() => pid), PATIENCE)
      .not.toBe(pid);
    await expect.poll(async () => (await pair.holders()).length, PATIENCE).toBe(1);
  });
  await onlyHolder();
});

test('an amphora whose keepalived cannot run keeps silent and gives the VIP up, until it runs again', async () => {
  const holder = await onlyHolder();
  const program = join(holder.folder, 'bin', 'keepalived');
  await writeFile(program, '#!/bin/sh\necho broken >&2\nexit 1\n', { mode: 0o755 });
  await killAll(await pair.pid(holder, 'vrrp/octavia-keepalived.pid'));
  await expect.poll(() => pair.holders(), PATIENCE).toEqual([pair.other(holder)]);
  await expect.poll(() => holder.log, PATIENCE).toMatch(/no heartbeat: keepalived/);
  const heard = holder.heartbeats.length;
  await expect.poll(() => holder.log.match(/no heartbeat/g)?.length, PATIENCE).toBeGreaterThan(1);
  expect(holder.heartbeats.length).toBe(heard);
  await rm(program);
  await holder.heartbeat(({ listeners }) => listeners.size > 0);
  expect(await onlyHolder()).toBe(pair.other(holder));
});

test('a new configuration of the pair does not move the VIP', async () => {
  const holder = await onlyHolder();
  const [first, second] = pair.amphorae;
  if (!(first && second)) throw new Error('there is no pair');
  const third = { ...second, id: randomUUID(), vrrpIp: '203.0.113.22', lbNetworkIp: null };
  const grown = { ...pair.tree, amphorae: [first, second, third] };
  await watched('reload', async () => {
    for (const tree of [grown, pair.tree])
      for (const amphora of pair.amphorae) await pair.driver.applyVrrp(amphora, tree);
  });
  expect(await pair.holders()).toEqual([holder]);
});

test('a pair that serves UDP only fails over as well, and goes back to serving both', async () => {
  const lost = await onlyHolder();
  const listeners = pair.tree.listeners.filter(({ protocol }) => protocol === 'UDP');
  const applied = (tree: typeof pair.tree): Promise<unknown> =>
    Promise.all(pair.amphorae.map((each) => pair.driver.applyLoadBalancer(each, tree)));
  await applied({ ...pair.tree, listeners });
  await expect.poll(() => tenant.get(VIP, 80), PATIENCE).toBeNull();
  expect(await pair.holders()).toEqual([lost]);
  await lost.loseMachine();
  await expect.poll(() => pair.holders(), PATIENCE).toEqual([pair.other(lost)]);
  await expect.poll(udpMembers, PATIENCE).toEqual(['one', 'two']);

  await lost.makeNamespaces();
  await lost.startAgent();
  await pair.plugNic(lost);
  await untilStandby(lost);
  await applied(pair.tree);
  await expect.poll(() => tenant.get(VIP, 80), PATIENCE).toMatch(/^(one|two)$/);
  expect(await udpMembers()).toEqual(['one', 'two']);
});

test('with whole seconds, as beside an amphora of Octavia, one of them serves too', async () => {
  const holder = await onlyHolder();
  await watched('whole seconds', async () => {
    for (const amphora of pair.amphorae) await pair.slowDriver.applyVrrp(amphora, pair.tree);
  });
  expect(await pair.holders()).toEqual([holder]);
  await watched('machine lost, whole seconds', async () => {
    await holder.loseMachine();
    await expect.poll(() => pair.holders(), PATIENCE).toEqual([pair.other(holder)]);
  });
});

async function killAll(pid: number): Promise<void> {
  signalAll([pid, ...(await childrenOf(pid))], 'SIGKILL');
}

/** Those that ended meanwhile are passed over: checks come and go. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Who has the VIP, once the pair has settled: one serves, and the other is ready to. */
async function onlyHolder(): Promise<TestMachine> {
  const states = (): Promise<readonly string[]> =>
    Promise.all(pair.machines.map((machine) => pair.state(machine)));
  await expect
    .poll(async () => [(await states()).toSorted(), (await pair.holders()).length], PATIENCE)
    .toEqual([['BACKUP', 'MASTER'], 1]);
  const [holder] = await pair.holders();
  if (holder === undefined) throw new Error('nobody has the VIP');
  return holder;
}

/** Who answers clients of UDP, each with a port of its own. */
async function udpMembers(): Promise<readonly string[]> {
  const said = new Set<string>();
  for (let client = 0; client < 4; client++)
    said.add((await udp.ask(VIP, 53, { timeoutMs: 1000 })) ?? 'nobody');
  return [...said].toSorted();
}

/** Its keepalived runs, and finds its HAProxy good enough to take over. */
async function untilStandby(machine: TestMachine): Promise<void> {
  await expect.poll(() => pair.state(machine), PATIENCE).toBe('BACKUP');
}

/** How many are in each stick table of a machine's HAProxy. */
async function clientsKnownTo({ base }: TestMachine): Promise<readonly number[]> {
  const tables = await askHaproxy(join(base, `${pair.tree.id}.sock`), 'show table');
  return Array.from(tables.matchAll(/used:(\d+)/g), ([, used]) => Number(used));
}

/** Who answers each client. */
async function membersOfClients(): Promise<readonly string[]> {
  const [{ tenantNamespace }] = pair.machines;
  const curl = (client: string): Promise<string> =>
    run(
      'ip',
      'netns',
      'exec',
      tenantNamespace,
      'curl',
      '-sS',
      '--interface',
      client,
      `http://${VIP}/`,
    );
  return Promise.all(CLIENTS.map(curl));
}

/** What clients see of it is printed: how long a machine takes is not for a test to judge. */
async function watched(what: string, work: () => Promise<void>): Promise<void> {
  const end = await tenant.startWatch(VIP, 80);
  try {
    await work();
  } finally {
    const { ok, failed, longestGapMs } = await end();
    process.stdout.write(`${what}: ${ok} answered, ${failed} failed, gap ${longestGapMs} ms\n`);
  }
}
