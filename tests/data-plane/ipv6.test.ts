import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, received } from './testing/client.ts';
import { type DataPlane, openDataPlane } from './testing/data-plane.ts';
import { partsOf } from './testing/service.ts';
import { startTenantMachine, type TenantMachine } from './testing/tenant-machine.ts';
import { PORTS, WEB_SERVERS } from './testing/web-servers.ts';

let plane: DataPlane;
let web: TenantMachine;

beforeAll(async () => {
  plane = await openDataPlane({ vipVersion: 6 });
  web = await startTenantMachine(plane.options, plane.networkName, 'web', WEB_SERVERS);
  const members = [web.address, web.address6].map((address) => ({
    address,
    protocolPort: PORTS.one,
  }));
  const services = [
    { port: 80, members: members.slice(1) },
    { port: 81, members: members.slice(0, 1) },
  ];
  await plane.apply(partsOf(plane.loadBalancerId, web.address, services));
});
afterAll(() => plane?.close());

test.each([80, 81])(
  'a load balancer whose VIP is IPv6 serves there and at its IPv4 address, on port %d',
  async (port) => {
    for (const host of [plane.vip, `[${plane.vip6}]`])
      expect((await received(`http://${host}:${port}/`)).name).toBe('one');
  },
);

test('members are dialled from the amphora’s own address in the family of the VIP', async () => {
  const { peer } = await received(`http://${plane.vip}:80/`);
  expect(peer.address).toMatch(/^fd00:/);
  expect(peer.address).not.toBe(plane.vip6);
});

test('a tenant on the network reaches it, and no port but those of listeners is open', async () => {
  const url = `http://[${plane.vip6}]:80/`;
  expect((await web.fetch({ url })).status).toBe(200);
  await expect(ask(`http://[${plane.vip6}]:82/`, {}, { timeout: 700 })).rejects.toThrow();
});
