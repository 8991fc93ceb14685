import { afterAll, beforeAll, expect, test } from 'vitest';
import { noAuth } from '../../auth/none.ts';
import { type Api, activeLoadBalancer, PROJECT, SUBNET, startApi } from '../../testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi('[quotas]\ndefault_load_balancer_quota = 7\ndefault_member_quota = 9\n', {
    auth: { ...noAuth(null), isQuotaEnforced: true },
  });
});
afterAll(() => api.close());

const DEFAULTS = {
  loadbalancer: 7,
  load_balancer: 7,
  listener: -1,
  member: 9,
  pool: -1,
  healthmonitor: -1,
  health_monitor: -1,
  l7policy: -1,
  l7rule: -1,
};
const owned = (project_id: string) => ({ project_id, tenant_id: project_id });
const NAMES = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];

test('a project without a record has the defaults, under old names and new', async () => {
  expect((await api.get('/quotas/nobody')).json).toEqual({
    quota: { ...DEFAULTS, ...owned('nobody') },
  });
  expect((await api.get('/quotas/nobody/default')).json).toEqual({
    quota: { ...DEFAULTS, ...owned('nobody') },
  });
  expect((await api.get('/quotas/defaults')).json.quota).toMatchObject(DEFAULTS);
});

test('a quota that is set shows under both names, the old name wins, and only what was sent changes', async () => {
  const set = (quota: object) => api.put('/quotas/named', { quota });
  const both = await set({ loadbalancer: 1, load_balancer: 2, health_monitor: 3 });
  expect(both.status).toBe(202);
  const expected = {
    ...DEFAULTS,
    loadbalancer: 1,
    load_balancer: 1,
    healthmonitor: 3,
    health_monitor: 3,
    ...owned('named'),
  };
  expect(both.json.quota).toEqual(expected);
  expect((await set({})).json.quota).toEqual(expected);
  expect((await api.get('/quotas/named')).json.quota).toEqual(expected);
  expect((await api.get('/quotas/named/default')).json.quota).toMatchObject(DEFAULTS);
  const unset = await set({ load_balancer: null });
  expect(unset.json.quota).toMatchObject({ loadbalancer: 7, healthmonitor: 3 });
});

test('a reset makes everything the default, once there is a record', async () => {
  const none = await api.delete('/quotas/never');
  expect([none.status, none.json.faultstring]).toEqual([404, 'Quotas never not found.']);
  await api.put('/quotas/reset', { quota: { pool: 4 } });
  const reset = await api.delete('/quotas/reset');
  expect([reset.status, reset.text]).toEqual([202, '']);
  expect((await api.get('/quotas/reset')).json.quota).toMatchObject(DEFAULTS);
});

test('bodies that are no quota are refused', async () => {
  for (const body of [{}, { quota: null }, [], 'x', { quota: 5 }]) {
    const answer = await api.put('/quotas/odd', body);
    expect(answer.status, answer.text).toBe(400);
  }
  expect((await api.request('PUT', '/quotas/odd')).json.faultstring).toBe(
    'Missing argument: "quotas"',
  );
  expect((await api.delete('/quotas/odd')).status).toBe(404);
});

test('projects’ ids may be anything that can be stored, up to 36 characters', async () => {
  for (const id of ['%00', 'x'.repeat(37)])
    for (const answer of [
      await api.get(`/quotas/${id}`),
      await api.put(`/quotas/${id}`, { quota: {} }),
      await api.delete(`/quotas/${id}`),
    ])
      expect(answer.status, answer.text).toBe(400);
  expect((await api.put(`/quotas/${encodeURIComponent('ä/b')}`, { quota: {} })).status).toBe(202);
});

test('what makes no sense on a quota is refused by name', async () => {
  expect((await api.get('/quotas/x?fields=pool')).json.faultstring).toBe(
    'Unknown argument: "fields"',
  );
  expect((await api.get('/quotas/defaults?x=1')).json.faultstring).toBe('Unknown argument: "x"');
  expect((await api.put('/quotas', {})).json.faultstring).toBe('Missing argument: "id"');
  for (const path of ['/quotas', '/quotas/x']) {
    const answer = await api.post(path, {});
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'DELETE, GET, PUT']);
  }
});

test('the list has every project with a record; limits never set are the defaults, to filters too', async () => {
  const own = await startApi('[quotas]\ndefault_pool_quota = 3\n', {
    auth: { ...noAuth(null), isQuotaEnforced: true },
  });
  await activeLoadBalancer(own);
  await own.put('/quotas/b', { quota: { pool: 5 } });
  await own.put('/quotas/a', { quota: { pool: 3 } });
  const list = await own.get('/quotas');
  expect(Object.keys(list.json)).toEqual(['quotas', 'quotas_links']);
  const projects = async (query: string) =>
    (await own.get(`/quotas?${query}`)).json.quotas.map(
      (each: { project_id: string }) => each.project_id,
    );
  expect(await projects('')).toEqual(['a', PROJECT, 'b']);
  expect(list.json.quotas[1]).toEqual({
    ...Object.fromEntries(NAMES.map((name) => [name, name === 'pool' ? 3 : -1])),
    ...owned(PROJECT),
  });
  expect(await projects('pool=3')).toEqual(['a', PROJECT]);
  expect(await projects('project_id=b&fields=pool')).toEqual(['b']);
  expect(await projects('sort=pool:desc')).toEqual(['b', 'a', PROJECT]);
  expect(await projects('limit=1&marker=a')).toEqual([PROJECT]);
  expect((await own.get('/quotas?tenant_id=b')).status).toBe(400);
  await own.close();
});

test('zero allows none, and a limit below what is in use only keeps new objects out', async () => {
  const create = () => api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  expect((await create()).status).toBe(201);
  await api.finish();
  for (const load_balancer of [0, 1]) {
    expect((await api.put(`/quotas/${PROJECT}`, { quota: { load_balancer } })).status).toBe(202);
    const answer = await create();
    expect([answer.status, answer.json.faultstring]).toEqual([
      403,
      'Quota has been met for resources: Load Balancer',
    ]);
  }
  await api.put(`/quotas/${PROJECT}`, { quota: { load_balancer: 2 } });
  expect((await create()).status).toBe(201);
});
