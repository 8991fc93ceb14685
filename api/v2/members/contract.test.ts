import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNothingPending } from '../../testing/contract.ts';
import {
  type Api,
  activeLoadBalancer,
  activeMember,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let poolId: string;
let own: string;
let nextPort = 100;
beforeAll(async () => {
  api = await startApi();
  poolId = await activePool(api, await activeLoadBalancer(api));
  own = await activeMember(api, poolId, { protocol_port: 1 });
});
beforeEach(() => api.finish());
afterAll(() => api.close());

const path = () => `/pools/${poolId}/members`;
const create = (attributes: object) =>
  api.post(path(), { member: { address: '10.0.0.10', protocol_port: nextPort++, ...attributes } });
test('a member of a pool without monitor is unmonitored, of one with a monitor offline', async () => {
  const fresh = await activePool(api, await activeLoadBalancer(api));
  const post = (port: number) =>
    api.post(`/pools/${fresh}/members`, { member: { address: '10.0.0.1', protocol_port: port } });
  expect((await post(1)).json.member).toMatchObject({
    operating_status: 'NO_MONITOR',
    vnic_type: 'normal',
  });
  await api.finish();
  await api.post('/healthmonitors', {
    healthmonitor: { pool_id: fresh, type: 'TCP', delay: 1, timeout: 1, max_retries: 1 },
  });
  await api.finish();
  expect((await post(2)).json.member.operating_status).toBe('OFFLINE');
});

test('the same address and port twice in a pool is refused; another spelling is another member', async () => {
  await create({ address: '2001:db8::9', protocol_port: 7 });
  await api.finish();
  const again = await create({ address: '2001:db8::9', protocol_port: 7 });
  expect(again.status).toBe(409);
  expect(again.json.faultstring).toBe(
    'Another member on this pool is already using ip 2001:db8::9 on protocol_port 7',
  );
  await expectNothingPending(api);
  expect((await create({ address: '2001:DB8::9', protocol_port: 7 })).status).toBe(201);
});

test('a missing pool in the path is the router’s fault, a stranger’s member a 404', async () => {
  const missing = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
  for (const id of [missing, 'nonsense']) {
    const answer = await api.get(`/pools/${id}/members`);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      code: 404,
      title: 'Bad Request',
      description: `Pool ${id} not found.`,
    });
  }
  const other = await activePool(api, await activeLoadBalancer(api));
  const stranger = await api.get(`/pools/${other}/members/${own}`);
  expect(stranger.status).toBe(404);
  expect(stranger.json.faultstring).toBe(`Member ${own} not found.`);
});

test('while a member changes, a second request finds the pool immutable, a listener the load balancer', async () => {
  const lb = await activeLoadBalancer(api);
  const pool = await activePool(api, lb);
  const post = (port: number) =>
    api.post(`/pools/${pool}/members`, { member: { address: '10.0.0.1', protocol_port: port } });
  expect((await post(1)).status).toBe(201);
  const second = await post(2);
  expect(second.status).toBe(409);
  expect(second.json.faultstring).toBe(`Pool ${pool} is immutable and cannot be updated.`);
  const listener = await api.post('/listeners', {
    listener: { loadbalancer_id: lb, protocol: 'TCP', protocol_port: 1 },
  });
  expect(listener.json.faultstring).toBe(`Load Balancer ${lb} is immutable and cannot be updated.`);
});
