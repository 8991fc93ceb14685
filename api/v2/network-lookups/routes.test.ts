import { expect, test } from 'vitest';
import { SUBNET, startApi } from '../../testing/harness.ts';

test('without Keystone the subnet and the QoS policy of a VIP are found at the same endpoint', async () => {
  const api = await startApi('[api_settings]\nauth_strategy = noauth\nnoauth_project_id = p\n');
  const { status, json } = await api.get(`/v2.0/subnets?id=${SUBNET}`);
  expect(status).toBe(200);
  expect(json.subnets).toEqual([expect.objectContaining({ id: SUBNET, ip_version: 4 })]);
  expect((await api.get('/v2.0/subnets?id=nonsense')).json).toEqual({ subnets: [] });
  expect((await api.get('/v2.0/networks?name=private')).json).toEqual({ networks: [] });
  const policy = async (id: string) => (await api.get(`/v2.0/qos/policies?id=${id}`)).json.policies;
  expect(await policy(SUBNET)).toEqual([{ id: SUBNET, name: '' }]);
  expect(await policy(`dead${SUBNET.slice(4)}`)).toEqual([]);
  await api.close();
});

test('otherwise there is no such resource, as in Octavia', async () => {
  const api = await startApi();
  for (const nouns of ['subnets', 'qos/policies'])
    expect((await api.get(`/v2.0/${nouns}?id=${SUBNET}`)).status).toBe(404);
  await api.close();
});
