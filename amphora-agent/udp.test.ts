import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestLoadBalancer, VIP } from './testing/load-balancer.ts';
import { type LvsConfig, lvsConfig } from './testing/lvs-config.ts';
import { TestMachine } from './testing/machine.ts';
import { type Asking, UdpTenant } from './testing/udp-tenant.ts';

const TENANT = '203.0.113.1';
const one = { id: randomUUID(), address: TENANT, port: 9001 };
const two = { id: randomUUID(), address: TENANT, port: 9002 };

let machine: TestMachine;
let tenant: UdpTenant;

beforeAll(async () => {
  machine = await TestMachine.create();
  await machine.startAgent();
  tenant = new UdpTenant(machine.tenantNamespace);
  expect((await new TestLoadBalancer(machine).plugVip()).status).toBe(202);
  await tenant.serve(TENANT, 9001, 'one');
  await tenant.serve(TENANT, 9002, 'two');
});
afterAll(async () => {
  tenant?.stop();
  await machine?.remove();
});

async function push(config: LvsConfig): Promise<void> {
  const path = `/1.0/listeners/${machine.amphoraId}/${config.listenerId}/udp_listener`;
  expect((await machine.ask('PUT', path, { body: config.text })).text).toBe('{"message":"OK"}');
  const reload = await machine.ask('PUT', `/1.0/loadbalancer/${config.listenerId}/reload`);
  expect(reload.status).toBe(202);
}

async function ask(times: number, asking: Asking = {}): Promise<readonly (string | null)[]> {
  const said: (string | null)[] = [];
  while (said.length < times) said.push(await tenant.ask(VIP, 53, asking));
  return said;
}

it('new clients are answered by the members in turn', async () => {
  await push(lvsConfig({ vips: [VIP], port: 53, members: [one, two] }));
  const said = await ask(6);
  expect(said.toSorted()).toEqual(['one', 'one', 'one', 'two', 'two', 'two']);
});
