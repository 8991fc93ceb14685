import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type Api,
  activeL7Policy,
  activeL7Rule,
  activeListener,
  activeLoadBalancer,
  activeMember,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let parent: string;
let listener: string;
let pool: string;
let policy: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  await api.finish();
  parent = await activeLoadBalancer(api);
  listener = await activeListener(api, parent);
  pool = await activePool(api, parent);
  policy = await activeL7Policy(api, listener, {
    action: 'REDIRECT_TO_POOL',
    redirect_pool_id: pool,
  });
});
afterAll(() => api.close());

const listenersOf = async (id: string) => (await api.get(`/pools/${id}`)).json.pool.listeners;
const poolsInTree = async (word: 'status' | 'statuses') =>
  (await api.get(`/loadbalancers/${parent}/${word}`)).json.statuses.loadbalancer.listeners.map(
    (each: { pools: { id: string }[] }) => each.pools.map(({ id }) => id),
  );

test('a pool is used by a listener once an enabled policy that has a rule leads to it', async () => {
  expect(await listenersOf(pool)).toEqual([]);
  expect(await poolsInTree('status')).toEqual([[]]);
  const rule = await activeL7Rule(api, policy);
  expect(await listenersOf(pool)).toEqual([{ id: listener }]);
  expect(await poolsInTree('status')).toEqual([[pool]]);
  expect(await poolsInTree('statuses')).toEqual([[pool]]);

  await api.put(`/l7policies/${policy}`, { l7policy: { admin_state_up: false } });
  await api.finish();
  expect(await listenersOf(pool)).toEqual([]);
  expect(await poolsInTree('status')).toEqual([[]]);

  await api.put(`/l7policies/${policy}`, { l7policy: { admin_state_up: true } });
  await api.finish();
  await api.delete(`/l7policies/${policy}/rules/${rule}`);
  await api.finish();
  expect(await listenersOf(pool)).toEqual([]);
});

test('policies and rules do not appear in the status tree', async () => {
  await activeL7Rule(api, policy);
  const answer = await api.get(`/loadbalancers/${parent}/status`);
  expect(answer.text).not.toContain(policy);
  expect(answer.text).not.toMatch(/l7|rules/);
});

test('a change of a pool or its members is a change of the listeners that policies lead from', async () => {
  const other = await activeListener(api, parent, { protocol_port: 81 });
  await activeL7Rule(api, policy);
  const member = await activeMember(api, pool);
  const changes = [
    () => api.put(`/pools/${pool}`, { pool: { name: 'x' } }),
    () => api.put(`/pools/${pool}/members/${member}`, { member: { weight: 2 } }),
  ];
  for (const change of changes) {
    expect((await change()).status).toBe(200);
    const statusOf = async (id: string) =>
      (await api.get(`/listeners/${id}`)).json.listener.provisioning_status;
    expect(await statusOf(listener)).toBe('PENDING_UPDATE');
    expect(await statusOf(other)).toBe('ACTIVE');
    await api.finish();
  }
});

test('a pool that a policy leads to cannot be deleted, even if the policy is disabled', async () => {
  await api.put(`/l7policies/${policy}`, { l7policy: { admin_state_up: false } });
  const busy = await api.delete(`/pools/${pool}`);
  const fault = `Pool ${pool} is in use by L7 policy ${policy}`;
  expect([busy.status, busy.json.faultstring]).toEqual([409, fault]);
  await api.finish();
  expect((await api.delete(`/pools/${pool}`)).json.faultstring).toBe(fault);
  expect((await api.get(`/pools/${pool}`)).json.pool.provisioning_status).toBe('ACTIVE');
  await api.put(`/l7policies/${policy}`, { l7policy: { action: 'REJECT' } });
  await api.finish();
  expect((await api.delete(`/pools/${pool}`)).status).toBe(204);
});

test('a listener shows its policies by position, and takes them along', async () => {
  const first = await activeL7Policy(api, listener, { position: 1 });
  const rule = await activeL7Rule(api, first);
  const shown = [{ id: first }, { id: policy }];
  expect((await api.get(`/listeners/${listener}`)).json.listener.l7policies).toEqual(shown);
  const listed = await api.get(`/listeners?load_balancer_id=${parent}`);
  expect(listed.json.listeners[0].l7policies).toEqual(shown);
  const changed = await api.put(`/listeners/${listener}`, { listener: { name: 'x' } });
  expect(changed.json.listener.l7policies).toEqual(shown);
  await api.finish();
  expect((await api.delete(`/listeners/${listener}`)).status).toBe(204);
  await api.finish();
  expect((await api.get(`/l7policies/${first}`)).status).toBe(404);
  expect((await api.get(`/l7policies/${first}/rules/${rule}`)).status).toBe(404);
});

test('policies move up when one before them is gone', async () => {
  const second = await activeL7Policy(api, listener);
  const third = await activeL7Policy(api, listener);
  await api.delete(`/l7policies/${second}`);
  await api.finish();
  expect((await api.get(`/l7policies/${third}`)).json.l7policy.position).toBe(2);
});

test('the provider is told the settled change, and what it refuses is not stored', async () => {
  api.provider.calls.length = 0;
  await api.put(`/l7policies/${policy}`, { l7policy: { action: 'REJECT' } });
  expect(api.provider.calls[0]).toMatchObject({
    action: 'l7PolicyUpdate',
    parameters: [
      { id: policy, redirectPoolId: pool },
      { action: 'REJECT', redirectPoolId: null, redirectUrl: null },
      { id: listener },
      {},
    ],
  });
  await api.finish();
  api.provider.fault = new Error('out of order');
  const answers = [
    await api.post('/l7policies', { l7policy: { listener_id: listener, action: 'REJECT' } }),
    await api.put(`/l7policies/${policy}`, { l7policy: { position: 9, name: 'x' } }),
    await api.delete(`/l7policies/${policy}`),
    await api.post(`/l7policies/${policy}/rules`, {
      rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: 'a' },
    }),
  ];
  api.provider.fault = null;
  for (const answer of answers) {
    expect(answer.status).toBe(500);
    expect(answer.json.faultstring).toBe("Provider 'amphora' reports error: out of order");
  }
  const list = await api.get(`/l7policies?listener_id=${listener}`);
  expect(list.json.l7policies).toMatchObject([
    { id: policy, name: '', provisioning_status: 'ACTIVE', rules: [] },
  ]);
});
