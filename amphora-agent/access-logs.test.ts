import { randomUUID } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestLoadBalancer, VIP } from './testing/load-balancer.ts';
import { TestMachine } from './testing/machine.ts';
import { SyslogServer } from './testing/syslog-server.ts';
import { Tenant } from './testing/tenant.ts';

const BYTES_MAX = 20_000;
const DEAD_MEMBER = randomUUID();

let machine: TestMachine;
let tenant: Tenant;
let loadBalancer: TestLoadBalancer;
let tenants: SyslogServer;
let administrators: SyslogServer;

beforeAll(async () => {
  machine = await TestMachine.create();
  [tenants, administrators] = [await SyslogServer.open(), await SyslogServer.open()];
  const host = /controller_ip_port_list = (.*):\d+/.exec(machine.config)?.[1];
  const options = [
    `access_log_bytes_max = ${BYTES_MAX}`,
    `tenant_log_targets = ${host}:${tenants.port}`,
    `admin_log_targets = ${host}:${administrators.port}`,
    'log_protocol = TCP',
    'log_retry_interval = 1',
  ];
  await writeFile(
    machine.configFile,
    machine.config.replace(/^(?=\[controller_worker\])/m, `${options.join('\n')}\n`),
  );
  tenant = new Tenant(machine);
  loadBalancer = new TestLoadBalancer(machine);
  await machine.startAgent();
  await tenant.startMember(8001, 'one');
  await loadBalancer.plugVip();
  const config = loadBalancer
    .config([
      { id: randomUUID(), address: '203.0.113.1:8001' },
      { id: DEAD_MEMBER, address: '203.0.113.1:8002' },
    ])
    .replace(/^( +)timeout client /m, '$1log-format my-project\\ %f\\ %ci\\ %{+Q}r\\ %ST\n$&');
  expect((await loadBalancer.upload(config)).status).toBe(202);
  expect((await loadBalancer.act('reload')).status).toBe(202);
});
afterAll(async () => {
  await Promise.all([tenants.close(), administrators.close()]);
  tenant.stop();
  await machine.remove();
});

const path = (): string => join(machine.base, loadBalancer.id, 'access.log');
const line = (): string => `my-project ${loadBalancer.listenerId} 203.0.113.1 "GET / HTTP/1.1" 200`;

const sizeOf = (file: string): Promise<number> => stat(file).then(({ size }) => size);

it("a client's request is in the load balancer's log file and at the syslog server", async () => {
  await expect.poll(() => tenant.get(VIP, 80)).toBe('one');
  await expect
    .poll(() => readFile(path(), 'utf8').catch(() => ''))
    .toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\S+ ${line()}$`, 'm'));
  await expect.poll(() => tenants.received.join('\n')).toContain(line());
  expect(tenants.received.every((message) => message.startsWith('<134>1 '))).toBe(true);
  expect(tenants.received.join('\n')).toContain(loadBalancer.id);
});

it('what HAProxy says of members is for the administrators, and not for tenants', async () => {
  await expect
    .poll(() => administrators.received.join('\n'))
    .toMatch(new RegExp(`${loadBalancer.id} .*${DEAD_MEMBER} is DOWN`));
  expect(administrators.received.join('\n')).not.toContain('GET /');
  expect(tenants.received.join('\n')).not.toContain(DEAD_MEMBER);
  expect(await readFile(path(), 'utf8')).not.toContain(DEAD_MEMBER);
});

it("the agent's own lines go to the administrators", async () => {
  await expect
    .poll(() => administrators.received.join('\n'))
    .toMatch(/^<14[0-7]>1 \S+ \S+ amphora-agent - - - \{"level":"\w+".*$/m);
});

it('lines wait while no agent takes them', async () => {
  await machine.stopAgent('SIGKILL');
  const before = tenants.received.length;
  for (let request = 0; request < 3; request++) await tenant.get(VIP, 80);
  expect(tenants.received.length).toBe(before);
  await machine.startAgent();
  await expect.poll(() => tenants.received.length - before).toBe(3);
});

it('the files of a busy load balancer stay within their bound', async () => {
  const end = tenant.startLoad(VIP, 80, 4);
  await expect.poll(() => sizeOf(`${path()}.1`).catch(() => 0)).toBeGreaterThan(BYTES_MAX / 2);
  expect((await end()).failed).toBe(0);
  expect(await sizeOf(path())).toBeLessThanOrEqual(BYTES_MAX);
});
