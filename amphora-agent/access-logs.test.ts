import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestLoadBalancer, VIP } from './testing/load-balancer.ts';
import { TestMachine } from './testing/machine.ts';
import { Tenant } from './testing/tenant.ts';

const BYTES_MAX = 20_000;

let machine: TestMachine;
let tenant: Tenant;
let loadBalancer: TestLoadBalancer;
let syslog: Socket;
const forwarded: string[] = [];

beforeAll(async () => {
  machine = await TestMachine.create();
  syslog = createSocket('udp4');
  syslog.on('message', (message) => forwarded.push(message.toString('utf8')));
  syslog.bind(0);
  await once(syslog, 'listening');
  const host = /controller_ip_port_list = (.*):\d+/.exec(machine.config)?.[1];
  const options = `access_log_bytes_max = ${BYTES_MAX}\ntenant_log_targets = ${host}:${syslog.address().port}\n`;
  await writeFile(
    machine.configFile,
    machine.config.replace(/^(?=\[controller_worker\])/m, options),
  );
  tenant = new Tenant(machine);
  loadBalancer = new TestLoadBalancer(machine);
  await machine.startAgent();
  await tenant.startMember(8001, 'one');
  await loadBalancer.plugVip();
  const config = loadBalancer
    .config([{ id: randomUUID(), address: '203.0.113.1:8001' }])
    .replace(/^( +)timeout client /m, '$1log-format my-project\\ %f\\ %ci\\ %{+Q}r\\ %ST\n$&');
  expect((await loadBalancer.upload(config)).status).toBe(202);
  expect((await loadBalancer.act('reload')).status).toBe(202);
});
afterAll(async () => {
  syslog.close();
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
  await expect.poll(() => forwarded.join('\n')).toContain(line());
  expect(forwarded.every((message) => message.startsWith('<134>1 '))).toBe(true);
  expect(forwarded.join('\n')).toContain(loadBalancer.id);
});

it('lines wait while no agent takes them', async () => {
  await machine.stopAgent('SIGKILL');
  const before = forwarded.length;
  for (let request = 0; request < 3; request++) await tenant.get(VIP, 80);
  expect(forwarded.length).toBe(before);
  await machine.startAgent();
  await expect.poll(() => forwarded.length - before).toBe(3);
});

it('the files of a busy load balancer stay within their bound', async () => {
  const end = tenant.startLoad(VIP, 80, 4);
  await expect.poll(() => sizeOf(`${path()}.1`).catch(() => 0)).toBeGreaterThan(BYTES_MAX / 2);
  expect((await end()).failed).toBe(0);
  expect(await sizeOf(path())).toBeLessThanOrEqual(BYTES_MAX);
});
