import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NetworkDriver } from '#core/ports/network.ts';
import { type Api, activeLoadBalancer, SUBNET, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi();
  id = await activeLoadBalancer(api);
});
beforeEach(() => api.finish());
afterAll(() => api.close());

const UUID = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
test('null tags on update change nothing, and an empty list clears them', async () => {
  await api.put(`/loadbalancers/${id}`, { loadbalancer: { tags: ['kept'] } });
  await api.finish();
  const untouched = await api.put(`/loadbalancers/${id}`, { loadbalancer: { tags: null } });
  expect(untouched.json.loadbalancer.tags).toEqual(['kept']);
  await api.finish();
  const cleared = await api.put(`/loadbalancers/${id}`, { loadbalancer: { tags: [] } });
  expect(cleared.json.loadbalancer.tags).toEqual([]);
});

test('an empty update is no no-op: the load balancer is locked and the provider told', async () => {
  api.provider.calls.length = 0;
  const answer = await api.put(`/loadbalancers/${id}`, { loadbalancer: {} });
  expect(answer.json.loadbalancer.provisioning_status).toBe('PENDING_UPDATE');
  expect(api.provider.calls).toMatchObject([{ action: 'loadBalancerUpdate' }]);
  expect(api.provider.calls[0]?.parameters[1]).toEqual({});
});

test('without a project anywhere a load balancer is refused', async () => {
  const answer = await api.request(
    'POST',
    '/loadbalancers',
    { loadbalancer: { vip_subnet_id: SUBNET } },
    { 'x-project-id': '' },
  );
  expect(answer.status).toBe(400);
  expect(answer.json.faultstring).toMatch(/^Validation failure: Missing project ID in request/);
});

test('what deployments forbid about VIPs is refused by name', async () => {
  const other = await startApi(
    '[networking]\nallow_vip_port_id = false\ndenylist_vip_networks = 11111111-1111-4111-8111-111111111111\n',
  );
  const port = await other.post('/loadbalancers', { loadbalancer: { vip_port_id: UUID } });
  expect(port.json.faultstring).toBe(
    "Validation failure: use of vip_port_id is disallowed by this deployment's configuration.",
  );
  const none = await other.post('/loadbalancers', { loadbalancer: {} });
  expect(none.json.faultstring).toBe(
    'Validation failure: VIP must contain one of: vip_network_id, vip_subnet_id.',
  );
  const denied = await other.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  expect(denied.json.faultstring).toBe(
    'Validation failure: Supplied VIP network_id is not allowed by the configuration of this deployment.',
  );
  expect(other.provider.ports.size).toBe(0);
  await other.close();
});

test('a network without QoS policies and security groups takes none, neither at first nor later', async () => {
  const methods = Object.entries(testNetwork()).filter(([name]) => !name.startsWith('has'));
  const network = Object.fromEntries(methods) as unknown as NetworkDriver;
  const other = await startApi('', { network });
  const place = { vip_subnet_id: SUBNET };
  const path = `/loadbalancers/${await activeLoadBalancer(other)}`;
  for (const [attributes, fault] of [
    [
      { vip_qos_policy_id: UUID },
      'Validation failure: VIP QoS policy is not allowed in this deployment.',
    ],
    [{ vip_sg_ids: [UUID] }, `Security Group ${UUID} not found.`],
  ] as const)
    for (const answer of [
      await other.post('/loadbalancers', { loadbalancer: { ...place, ...attributes } }),
      await other.put(path, { loadbalancer: attributes }),
    ])
      expect([answer.status, answer.json.faultstring]).toEqual([400, fault]);
  const nothing = { vip_qos_policy_id: null, vip_sg_ids: [] };
  expect((await other.put(path, { loadbalancer: nothing })).status).toBe(200);
  await other.close();
});
