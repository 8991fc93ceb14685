import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Api,
  activeHealthMonitor,
  activeListener,
  activeLoadBalancer,
  activeMember,
  activePool,
  SUBNET,
  startApi,
} from './testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('a load balancer is created pending, with a VIP, and shown in lists', async () => {
  const answer = await api.post('/loadbalancers', {
    loadbalancer: { name: 'first', vip_subnet_id: SUBNET, tags: ['b', 'a', 'b'] },
  });
  expect(answer.status, answer.text).toBe(201);
  expect(answer.json.loadbalancer).toMatchObject({
    name: 'first',
    provisioning_status: 'PENDING_CREATE',
    operating_status: 'OFFLINE',
    vip_address: '198.0.2.5',
    provider: 'amphora',
    tags: ['a', 'b'],
    listeners: [],
    pools: [],
  });
  const list = await api.get('/loadbalancers?name=first');
  expect(list.json.loadbalancers.map((row: { id: string }) => row.id)).toEqual([
    answer.json.loadbalancer.id,
  ]);
});

test('a whole load balancer lives: children come, show up in the tree, and go', async () => {
  const id = await activeLoadBalancer(api);
  const listenerId = await activeListener(api, id);
  const poolId = await activePool(api, id, { listener_id: listenerId });
  const memberId = await activeMember(api, poolId);
  const monitorId = await activeHealthMonitor(api, poolId);

  const tree = await api.get(`/loadbalancers/${id}/status`);
  const [listener] = tree.json.statuses.loadbalancer.listeners;
  expect(listener.id).toBe(listenerId);
  expect(listener.pools[0].members[0].id).toBe(memberId);
  expect(listener.pools[0].health_monitor.id).toBe(monitorId);

  const update = await api.put(`/listeners/${listenerId}`, { listener: { name: 'renamed' } });
  expect(update.status, update.text).toBe(200);
  expect(update.json.listener).toMatchObject({
    name: 'renamed',
    provisioning_status: 'PENDING_UPDATE',
    default_pool_id: poolId,
  });
  await api.finish();

  expect((await api.delete(`/pools/${poolId}/members/${memberId}`)).status).toBe(204);
  expect((await api.get(`/pools/${poolId}`)).json.pool.provisioning_status).toBe('PENDING_UPDATE');
  await api.finish();
  expect((await api.delete(`/loadbalancers/${id}`)).status).toBe(400);
  expect((await api.delete(`/loadbalancers/${id}?cascade=true`)).status).toBe(204);
  await api.finish();
  expect((await api.get(`/loadbalancers/${id}`)).status).toBe(404);
});
