import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Heartbeat } from '#core/heartbeat/message.ts';
import { TestLoadBalancer, VIP } from './testing/load-balancer.ts';
import { TestMachine } from './testing/machine.ts';
import { Tenant } from './testing/tenant.ts';

const MEMBERS = [
  { id: randomUUID(), address: '203.0.113.1:8001' },
  { id: randomUUID(), address: '203.0.113.1:8002' },
];

let machine: TestMachine;
let tenant: Tenant;
let loadBalancer: TestLoadBalancer;

beforeEach(async () => {
  machine = await TestMachine.create();
  tenant = new Tenant(machine);
  loadBalancer = new TestLoadBalancer(machine);
  await machine.startAgent();
  await Promise.all([tenant.startMember(8001, 'one'), tenant.startMember(8002, 'two')]);
  expect((await loadBalancer.plugVip()).status).toBe(202);
  expect((await loadBalancer.upload(loadBalancer.config(MEMBERS))).status).toBe(202);
  expect((await loadBalancer.act('reload')).status).toBe(202);
});
afterEach(async () => {
  tenant.stop();
  await machine.remove();
});

function connectionsIn(heartbeats: readonly Heartbeat[]): number {
  const counts = heartbeats.map(({ listeners }) =>
    Number(listeners.get(loadBalancer.listenerId)?.totalConnections ?? 0),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function receivedBytes(): number {
  const counts = machine.heartbeats.map(({ listeners }) =>
    Number(listeners.get(loadBalancer.listenerId)?.rxBytes ?? 0),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A heartbeat that counts nothing new says that all is counted. */
async function countedConnections(): Promise<number> {
  await machine.heartbeat(
    ({ listeners }) => Number(listeners.get(loadBalancer.listenerId)?.totalConnections ?? 1) === 0,
  );
  return connectionsIn(machine.heartbeats);
}

it('reloads under traffic without losing a request, and every connection is counted once', async () => {
  const endLoad = tenant.startLoad(VIP, 80, 4);
  for (let round = 0; round < 5; round++) {
    await delay(200);
    await loadBalancer.upload(loadBalancer.config(MEMBERS.slice(round % 2)));
    expect((await loadBalancer.act('reload')).status).toBe(202);
  }
  await delay(200);
  const { ok, failed, reasons } = await endLoad();
  expect(reasons).toEqual({});
  expect(failed).toBe(0);
  expect(ok).toBeGreaterThan(100);
  await expect.poll(countedConnections).toBe(ok);
});

it('what a worker that was replaced serves to its end is counted once, too', async () => {
  const bytes = 8000;
  const endRequest = await tenant.beginRequest(VIP, 80, bytes);
  await machine.heartbeat(
    ({ listeners }) => Number(listeners.get(loadBalancer.listenerId)?.activeConnections) === 1,
  );
  const config = loadBalancer
    .config(MEMBERS)
    .replace('timeout client 50000', 'timeout client 40000');
  await loadBalancer.upload(config);
  expect((await loadBalancer.act('reload')).status).toBe(202);
  expect(await tenant.get(VIP, 80)).not.toBeNull(); // by the new one
  expect(await endRequest()).toBe('200');
  await expect.poll(receivedBytes).toBeGreaterThan(bytes);
  expect(await countedConnections()).toBe(2);
  expect(receivedBytes()).toBeLessThan(2 * bytes);
});

it('what a controller that cannot be reached was to hear is in the next heartbeat', async () => {
  await countedConnections();
  const before = connectionsIn(machine.heartbeats);
  const config = machine.config;
  const unreachable = config.replace(
    /^(controller_ip_port_list) = .*$/m,
    '$1 = [2001:db8::1]:5555',
  );
  await writeFile(machine.configFile, unreachable);
  machine.signalAgent('SIGHUP');
  await expect.poll(() => machine.log).toContain('2001:db8::1');
  for (let request = 0; request < 3; request++) await tenant.get(VIP, 80);
  const logged = machine.log.length;
  await expect.poll(() => machine.log.slice(logged)).toContain('2001:db8::1');
  await writeFile(machine.configFile, config);
  machine.signalAgent('SIGHUP');
  expect((await countedConnections()) - before).toBe(3);
});

it('answers 400 with the words of the checker to a bad configuration, and the old one serves on', async () => {
  const answer = await loadBalancer.upload('global\n    bogus\n');
  expect(answer.status).toBe(400);
  expect(answer.text).toContain("unknown keyword 'bogus'");
  expect((await loadBalancer.act('reload')).status).toBe(202);
  expect(await tenant.get(VIP, 80)).toMatch(/^(one|two)$/);
});

it('says so when HAProxy cannot bind what a good configuration asks for, and serves on', async () => {
  await tenant.occupyPort(machine.haproxyNamespace, VIP, 81);
  expect((await loadBalancer.upload(loadBalancer.config(MEMBERS, 81))).status).toBe(202);
  const answer = await loadBalancer.act('reload');
  expect(answer.status).toBe(500);
  expect(JSON.parse(answer.text)).toMatchObject({ message: 'Error reloading haproxy' });
  expect(await tenant.get(VIP, 80)).toMatch(/^(one|two)$/);
});

it('an agent that was killed finds HAProxy again and counts on where it stopped', async () => {
  for (let request = 0; request < 5; request++) await tenant.get(VIP, 80);
  expect(await countedConnections()).toBe(5);
  const pidFile = join(machine.base, loadBalancer.id, `${loadBalancer.id}.pid`);
  const pid = await readFile(pidFile, 'utf8');

  await machine.stopAgent('SIGKILL');
  expect(await tenant.get(VIP, 80)).not.toBeNull();
  await machine.startAgent();
  expect(await countedConnections()).toBe(6);
  expect(await readFile(pidFile, 'utf8')).toBe(pid);
  const [before = 0, after = 0, ...more] = machine.epochs;
  expect([after > before, more]).toEqual([true, []]);
  expect(machine.heartbeats.filter(({ sequence }) => sequence === 0)).toHaveLength(2);
  expect((await loadBalancer.act('reload')).text).toContain('reloaded');
});

it('SIGTERM ends the agent and leaves HAProxy serving', async () => {
  expect(await machine.stopAgent('SIGTERM')).toBe(0);
  expect(await tenant.get(VIP, 80)).toMatch(/^(one|two)$/);
});

it('a HAProxy that was killed is started again', async () => {
  const pidFile = join(machine.base, loadBalancer.id, `${loadBalancer.id}.pid`);
  const pid = Number(await readFile(pidFile, 'utf8'));
  process.kill(pid, 'SIGKILL');
  await expect.poll(async () => tenant.get(VIP, 80)).toMatch(/^(one|two)$/);
  expect(Number(await readFile(pidFile, 'utf8'))).not.toBe(pid);
});

it('after a reboot network, VIP and HAProxy come back by themselves, also when NICs come late', async () => {
  await machine.loseNamespaces();
  await machine.makeNamespaces();
  await machine.startAgent();
  const { listeners } = await machine.heartbeat();
  expect([...listeners.keys()]).toEqual([loadBalancer.listenerId]);
  await tenant.startMember(8001, 'one');
  await machine.plugNic('fa:16:3e:00:00:01');
  await expect.poll(async () => tenant.get(VIP, 80)).toBe('one');
});

it('a load balancer that was stopped stays so after a reboot', async () => {
  expect((await loadBalancer.act('stop')).status).toBe(202);
  await machine.stopAgent('SIGKILL');
  await machine.startAgent();
  await machine.heartbeat();
  await machine.heartbeat();
  expect((await machine.ask('GET', '/1.0/listeners')).text).toContain('"OFFLINE"');
});

it('reports listener, pool and members, and a member that died', async () => {
  const { listenerId, poolId } = loadBalancer;
  const first = await machine.heartbeat(({ listeners }) => listeners.has(listenerId));
  expect(first.listeners.get(listenerId)?.status).toBe('OPEN');
  expect(first.pools).toMatchObject([{ poolId, listenerId, status: 'UP' }]);
  tenant.stop();
  const down = await machine.heartbeat(({ pools }) => pools[0]?.status === 'DOWN');
  expect([...(down.pools[0]?.members.values() ?? [])]).toEqual(['DOWN', 'DOWN']);
});

it('removes a load balancer with everything it had on disk', async () => {
  expect((await machine.ask('DELETE', `/1.0/listeners/${loadBalancer.id}`)).status).toBe(200);
  await expect(readFile(join(machine.base, loadBalancer.id, 'haproxy.cfg'))).rejects.toThrow(
    'ENOENT',
  );
  expect((await machine.ask('GET', '/1.0/listeners')).text).toBe('[]');
  await machine.stopAgent();
  await rm(join(machine.base, 'stats_counters.json'), { force: true });
  await machine.startAgent();
  expect((await machine.heartbeat()).listeners.size).toBe(0);
});
