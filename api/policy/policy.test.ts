import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthStrategy, NOBODY } from '../auth/strategy.ts';
import { type Api, activeLoadBalancer, SUBNET, startApi } from '../testing/harness.ts';

/** Believes the headers, as noauth does, but makes nobody an administrator. */
const believing: AuthStrategy = {
  isQuotaEnforced: true,
  challenge: 'Keystone',
  authenticate: (headers) => ({
    ...NOBODY,
    userId: 'u',
    projectId: String(headers['x-project-id'] ?? '') || null,
    roles: String(headers['x-roles'] ?? '').split(','),
  }),
};

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi('', { auth: believing });
  const made = await as('mine', 'member', 'POST', '/loadbalancers', {
    loadbalancer: { vip_subnet_id: SUBNET },
  });
  id = made.json.loadbalancer.id;
  await api.finish();
});
afterAll(() => api.close());

type Verb = Parameters<Api['request']>[0];
const as = (project: string, roles: string, method: Verb, path: string, body?: unknown) =>
  api.request(method, path, body, { 'x-project-id': project, 'x-roles': roles });
const statusOf = async (...request: Parameters<typeof as>) => (await as(...request)).status;

test('a reader reads, a member writes, each in their own project only', async () => {
  const path = `/loadbalancers/${id}`;
  expect(await statusOf('mine', 'reader', 'GET', path)).toBe(200);
  expect(await statusOf('mine', 'reader', 'DELETE', path)).toBe(403);
  expect(await statusOf('theirs', 'member', 'GET', path)).toBe(403);
  expect(await statusOf('mine', '', 'GET', path)).toBe(403);
  expect(await statusOf('theirs', 'admin', 'GET', path)).toBe(200);
  expect(await statusOf('mine', 'member', 'PUT', `${path}/failover`)).toBe(403);
});

test('what is not there is not found, before anyone asks who may see it', async () => {
  expect(await statusOf('theirs', 'member', 'GET', `/loadbalancers/${randomUUID()}`)).toBe(404);
});

test('a list is of one’s own project; asking for another’s is refused, not empty', async () => {
  const own = await as('mine', 'member', 'GET', '/loadbalancers');
  expect(own.json.loadbalancers).toHaveLength(1);
  const others = await as('theirs', 'member', 'GET', '/loadbalancers');
  expect(others.json.loadbalancers).toEqual([]);
  const foreign = await as('theirs', 'member', 'GET', '/loadbalancers?project_id=mine');
  expect(foreign.status).toBe(403);
  expect(foreign.json).toEqual({
    faultcode: 'Client',
    faultstring: 'Policy does not allow this request to be performed.',
    debuginfo: null,
  });
  const admin = await as('theirs', 'admin', 'GET', '/loadbalancers');
  expect(admin.json.loadbalancers).toHaveLength(1);
  expect(await statusOf('', 'member', 'GET', '/loadbalancers')).toBe(403);
});

test('amphorae are for administrators', async () => {
  expect(await statusOf('mine', 'member', 'GET', '/v2/octavia/amphorae')).toBe(403);
  expect(await statusOf('mine', 'admin', 'GET', '/v2/octavia/amphorae')).toBe(200);
});

test('creating for another project needs an administrator, and children belong to the parent’s', async () => {
  const body = { loadbalancer: { vip_subnet_id: SUBNET, project_id: 'theirs' } };
  expect(await statusOf('mine', 'member', 'POST', '/loadbalancers', body)).toBe(403);
  const made = await as('mine', 'admin', 'POST', '/loadbalancers', body);
  expect(made.json.loadbalancer.project_id).toBe('theirs');
  await api.finish();
  const pool = await as('mine', 'admin', 'POST', '/pools', {
    pool: {
      loadbalancer_id: made.json.loadbalancer.id,
      protocol: 'TCP',
      lb_algorithm: 'SOURCE_IP',
      project_id: 'ignored',
    },
  });
  expect(pool.json.pool.project_id).toBe('theirs');
});

test('nobody without a good token gets past the door', async () => {
  const { OctaviaError } = await import('#core/domain/errors.ts');
  const closed = await startApi('', {
    auth: {
      isQuotaEnforced: true,
      challenge: 'Keystone uri="http://keystone/v3"',
      authenticate: () => {
        throw new OctaviaError('unauthorized', 'no token');
      },
    },
  });
  const answer = await closed.get('/loadbalancers');
  expect(answer.status).toBe(401);
  expect(answer.json.error).toMatchObject({ code: 401, title: 'Unauthorized' });
  expect(answer.headers['www-authenticate']).toBe('Keystone uri="http://keystone/v3"');
  expect(answer.headers['x-openstack-request-id']).toBeUndefined();
  expect((await closed.get('/')).status).toBe(200);
  await expect(activeLoadBalancer(closed)).rejects.toThrow('Unauthorized');
  await closed.close();
});
