import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderDriver } from '#core/ports/provider.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { type Api, startApi } from '../../testing/harness.ts';
import { testProvider } from '../../testing/in-memory-provider.ts';

let api: Api;
beforeAll(async () => {
  const network = noopNetwork();
  // Without ports of its own the provider leaves VIPs to the network driver.
  const provider = Object.fromEntries(
    Object.entries(testProvider()).filter(([name]) => name !== 'createVipPort'),
  ) as unknown as ProviderDriver;
  const drivers = new Map([['amphora', provider]]);
  const providers = { enabled: { amphora: '' }, drivers, callTimeoutMs: 5000 };
  api = await startApi('', { network, providers });
});
afterAll(() => api.close());

const create = (attributes: object) =>
  api.post('/loadbalancers', { loadbalancer: { name: 'anywhere', ...attributes } });

test('with the noop network driver a VIP lies in networks, subnets and ports that exist nowhere', async () => {
  const networkId = randomUUID();
  const subnetId = randomUUID();
  const placed = await create({ vip_network_id: networkId, vip_subnet_id: subnetId });
  expect(placed.status, placed.text).toBe(201);
  expect(placed.json.loadbalancer).toMatchObject({
    vip_network_id: networkId,
    vip_subnet_id: subnetId,
    vip_address: expect.stringMatching(/^198\.1[89]\./),
  });
  expect((await create({ vip_network_id: networkId })).status).toBe(201);
  expect((await create({ vip_port_id: randomUUID() })).status).toBe(201);
});

test('an address of either version is taken as it is, whatever the made-up subnet has', async () => {
  const address = '2001:db8:33:33:33:33:33:33';
  const made = await create({
    vip_network_id: randomUUID(),
    vip_subnet_id: randomUUID(),
    vip_address: address,
  });
  expect(made.status, made.text).toBe(201);
  expect(made.json.loadbalancer.vip_address).toBe(address);
});

test('further VIPs lie in further subnets of the same network', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const made = await create({
    vip_subnet_id: randomUUID(),
    additional_vips: [{ subnet_id: first }, { subnet_id: second, ip_address: '198.18.7.7' }],
  });
  expect(made.status, made.text).toBe(201);
  expect(made.json.loadbalancer.additional_vips).toEqual([
    {
      subnet_id: first,
      ip_address: expect.any(String),
      port_id: made.json.loadbalancer.vip_port_id,
    },
    { subnet_id: second, ip_address: '198.18.7.7', port_id: made.json.loadbalancer.vip_port_id },
  ]);
});
