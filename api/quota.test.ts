import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { noAuth } from './auth/none.ts';
import { type Api, activeLoadBalancer, PROJECT, SUBNET, startApi } from './testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi(
    '[quotas]\ndefault_load_balancer_quota = 2\ndefault_pool_quota = 2\ndefault_member_quota = 2\n',
    { auth: { ...noAuth(null), isQuotaEnforced: true } },
  );
});
afterEach(() => api.finish());
afterAll(() => api.close());

const at = (port: number) => ({ address: '10.0.0.1', protocol_port: port });

const used = async (column: string): Promise<number> => {
  const found = await api.database.query(
    `select ${column}_in_use as used from quota where project_id = $1`,
    [PROJECT],
  );
  return found.rows[0]?.used ?? 0;
};

test('a quota that is met refuses the next object, and a refused request leaves the count as it was', async () => {
  const id = await activeLoadBalancer(api);
  const two = await api.post('/loadbalancers', {
    loadbalancer: {
      vip_subnet_id: SUBNET,
      pools: [1, 2, 3].map((n) => ({ name: `${n}`, protocol: 'TCP', lb_algorithm: 'SOURCE_IP' })),
    },
  });
  expect(two.status).toBe(403);
  expect(two.json.faultstring).toBe('Quota has been met for resources: Pool');
  expect([await used('load_balancer'), await used('pool')]).toEqual([1, 0]);
  await activeLoadBalancer(api);
  const third = await api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  expect(third.json.faultstring).toBe('Quota has been met for resources: Load Balancer');

  const pool = await api.post('/pools', {
    pool: { loadbalancer_id: id, protocol: 'TCP', lb_algorithm: 'SOURCE_IP' },
  });
  await api.finish();
  const path = `/pools/${pool.json.pool.id}/members`;
  const batch = await api.put(path, { members: [at(1), at(2), at(3)] });
  expect(batch.status).toBe(403);
  expect((await api.put(path, { members: [at(1), at(2)] })).status).toBe(202);
  await api.finish();
  const swap = await api.put(path, { members: [at(3), at(4)] });
  expect(swap.status, 'as many new as removed need no room').toBe(202);
  expect(await used('member'), 'those removed leave when they are gone').toBe(4);
});
