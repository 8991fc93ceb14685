import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthStrategy, NOBODY } from '../auth/strategy.ts';
import { type Api, activeLoadBalancer, startApi } from '../testing/harness.ts';

/** Believes the headers, and makes nobody an administrator. */
const believing: AuthStrategy = {
  isQuotaEnforced: true,
  challenge: 'Keystone',
  authenticate: (headers) => ({
    ...NOBODY,
    userId: 'u',
    projectId: String(headers['x-project-id'] ?? '') || null,
    roles: String(headers['x-roles'] ?? 'admin').split(','),
  }),
};

let api: Api;
const AMPHORA = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
beforeAll(async () => {
  api = await startApi('', { auth: believing });
  const loadBalancer = await activeLoadBalancer(api);
  await api.database.query(
    `insert into amphora (id, load_balancer_id, status) values ($1, $2, 'ALLOCATED')`,
    [AMPHORA, loadBalancer],
  );
});
afterAll(() => api.close());

type Verb = Parameters<Api['request']>[0];
const asRole = async (role: string, method: Verb, path: string): Promise<number> => {
  const headers = { 'x-project-id': 'mine', 'x-roles': role };
  return (await api.request(method, path, BODIES[path.split('/')[1] ?? ''], headers)).status;
};

const of = { name: 'n', provider_name: 'amphora' };
const BODIES: Readonly<Record<string, object>> = {
  flavorprofiles: { flavorprofile: { ...of, flavor_data: '{}' } },
  availabilityzoneprofiles: { availability_zone_profile: { ...of, availability_zone_data: '{}' } },
  quotas: { quota: { pool: 1 } },
};

test.each([
  ['GET', '/flavors'],
  ['GET', '/availabilityzones'],
  ['GET', '/providers'],
  ['GET', '/quotas/mine'],
  ['GET', '/quotas/mine/default'],
  ['GET', '/quotas/defaults'],
  ['GET', '/quotas'],
] as const)('members and readers may %s %s, strangers may not', async (method, path) => {
  expect(await asRole('member', method, path)).toBe(200);
  expect(await asRole('reader', method, path)).toBe(200);
  expect(await asRole('stranger', method, path)).toBe(403);
});

const unknown = '00000000-0000-4000-8000-000000000000';
test.each([
  ['GET', '/flavorprofiles', 200],
  ['POST', '/flavorprofiles', 201],
  ['GET', `/flavorprofiles/${unknown}`, 404],
  ['DELETE', `/flavorprofiles/${unknown}`, 404],
  ['GET', '/availabilityzoneprofiles', 200],
  ['POST', '/availabilityzoneprofiles', 201],
  ['DELETE', `/flavors/${unknown}`, 404],
  ['DELETE', '/availabilityzones/nowhere', 404],
  ['GET', '/providers/amphora/flavor_capabilities', 501],
  ['GET', '/providers/amphora/availability_zone_capabilities', 501],
  ['PUT', '/quotas/mine', 202],
  ['GET', '/quotas/theirs', 200],
  ['DELETE', '/quotas/mine', 202],
  ['GET', '/v2/octavia/amphorae', 200],
  ['GET', `/v2/octavia/amphorae/${AMPHORA}`, 200],
  ['GET', `/v2/octavia/amphorae/${AMPHORA}/stats`, 404],
  ['DELETE', `/v2/octavia/amphorae/${AMPHORA}`, 409],
] as const)(
  '%s %s is for administrators, and others are refused first',
  async (method, path, status) => {
    expect(await asRole('member', method, path)).toBe(403);
    expect(await asRole('reader', method, path)).toBe(403);
    expect(await asRole('admin', method, path)).toBe(status);
  },
);

test.each(['config', 'failover'])('only administrators may %s an amphora', async (verb) => {
  for (const role of ['member', 'reader'])
    expect(await asRole(role, 'PUT', `/v2/octavia/amphorae/${AMPHORA}/${verb}`)).toBe(403);
});

async function projects(role: string, query = ''): Promise<string[] | undefined> {
  const headers = { 'x-project-id': 'mine', 'x-roles': role };
  const answer = await api.request('GET', `/quotas${query}`, undefined, headers);
  return answer.json.quotas?.map((quota: { project_id: string }) => quota.project_id);
}

test('a member’s list of quotas is of their own project', async () => {
  for (const project of ['mine', 'theirs'])
    expect(await asRole('admin', 'PUT', `/quotas/${project}`)).toBe(202);
  expect(await projects('member')).toEqual(['mine']);
  expect(await projects('member', '?project_id=theirs')).toBeUndefined();
  expect(await projects('admin')).toEqual(expect.arrayContaining(['mine', 'theirs']));
});
