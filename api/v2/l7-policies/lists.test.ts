import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Api,
  activeL7Policy,
  activeL7Rule,
  activeListener,
  activeLoadBalancer,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startApi();
  const lb = await activeLoadBalancer(api);
  ids['pool'] = await activePool(api, lb);
  ids['listener'] = await activeListener(api, lb);
  ids['other'] = await activeListener(api, lb, { protocol_port: 81 });
  const add = (name: string, more: object) =>
    activeL7Policy(api, ids['listener'] ?? '', { name, ...more });
  ids['c'] = await add('c', { tags: ['red', 'blue'], description: 'about c' });
  ids['b'] = await add('b', {
    position: 1,
    tags: ['red'],
    action: 'REDIRECT_TO_URL',
    redirect_url: 'http://a/',
    redirect_http_code: 301,
  });
  ids['a'] = await add('a', {
    action: 'REDIRECT_TO_POOL',
    redirect_pool_id: ids['pool'],
    admin_state_up: false,
  });
  ids['d'] = await activeL7Policy(api, ids['other'], {
    name: 'd',
    action: 'REDIRECT_PREFIX',
    redirect_prefix: 'http://p/',
  });
  ids['host'] = await activeL7Rule(api, ids['c'], {
    type: 'HOST_NAME',
    compare_type: 'EQUAL_TO',
    value: 'a.example',
    tags: ['x'],
  });
  ids['header'] = await activeL7Rule(api, ids['c'], {
    type: 'HEADER',
    key: 'X-A',
    value: '1',
    invert: true,
  });
  ids['foreign'] = await activeL7Rule(api, ids['a'], {});
  // Octavia's clocks have whole seconds, so many objects share one: pages must cope.
  await api.database.query(`update l7_policy set created_at = '2026-01-01T00:00:00Z'`);
});
afterAll(() => api.close());

const namesOf = async (query: string): Promise<string[]> => {
  const answer = await api.get(`/l7policies?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.l7policies.map((policy: { name: string }) => policy.name);
};
const rulesOf = async (query: string): Promise<string[]> => {
  const answer = await api.get(`/l7policies/${ids['c']}/rules?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.rules.map((rule: { id: string }) => rule.id).toSorted();
};

test.each([
  ['name=a', 'a'],
  ['description=about%20c', 'c'],
  ['action=REDIRECT_TO_URL', 'b'],
  ['redirect_url=http://a/', 'b'],
  ['redirect_prefix=http://p/', 'd'],
  ['redirect_http_code=301', 'b'],
  ['redirect_http_code=x', ''],
  ['position=2', 'c'],
  ['admin_state_up=false', 'a'],
  ['provisioning_status=ACTIVE&action=REJECT', 'c'],
  ['operating_status=ONLINE', ''],
  ['tags=red', 'bc'],
  ['tags=red,blue', 'c'],
  ['not-tags-any=red', 'ad'],
  ['project_id=nobody', ''],
])('policies are filtered by %s', async (query, names) => {
  expect((await namesOf(query)).toSorted().join('')).toBe(names);
});

test('policies are filtered by listener and redirect pool', async () => {
  expect(await namesOf(`listener_id=${ids['other']}`)).toEqual(['d']);
  expect(await namesOf(`redirect_pool_id=${ids['pool']}`)).toEqual(['a']);
});

test('policies are sorted by what the request says, by default by creation and id and not by position', async () => {
  expect(await namesOf(`listener_id=${ids['listener']}&sort=position`)).toEqual(['b', 'c', 'a']);
  expect(await namesOf('sort=name:desc')).toEqual(['d', 'c', 'b', 'a']);
  expect(await namesOf('sort_key=redirect_http_code,name&sort_dir=desc')).toEqual([
    'd',
    'b',
    'a',
    'c',
  ]);
  const byId = ['a', 'b', 'c', 'd'].toSorted((x, y) => ((ids[x] ?? '') < (ids[y] ?? '') ? -1 : 1));
  expect(await namesOf('')).toEqual(byId);
});

test('pages lead through all policies and rules', async () => {
  const seen: string[] = [];
  let path: string | undefined = '/l7policies?limit=1&sort=name&admin_state_up=true';
  while (path !== undefined && seen.length < 9) {
    const { json } = await api.get(path);
    seen.push(...json.l7policies.map((policy: { name: string }) => policy.name));
    const next = json.l7policies_links.find((link: { rel: string }) => link.rel === 'next');
    path = next?.href.replace(/^http:\/\/[^/]+/, '');
  }
  expect(seen).toEqual(['b', 'c', 'd']);
  const page = await api.get(`/l7policies/${ids['c']}/rules?limit=1`);
  expect(page.json.rules).toHaveLength(1);
  expect(page.json.rules_links[0].href).toContain(`marker=${page.json.rules[0].id}`);
});

test.each([
  ['type=HEADER', 'header'],
  ['compare_type=EQUAL_TO', 'host'],
  ['key=X-A', 'header'],
  ['value=a.example', 'host'],
  ['invert=true', 'header'],
  ['tags=x', 'host'],
  ['admin_state_up=false', ''],
])('rules are filtered by %s', async (query, name) => {
  expect(await rulesOf(query)).toEqual(name === '' ? [] : [ids[name]]);
});

test('rules are those of their policy', async () => {
  expect(new Set(await rulesOf(''))).toEqual(new Set([ids['host'], ids['header']]));
  expect(await rulesOf(`l7policy_id=${ids['a']}`)).toEqual([]);
});

test('what is no filter is refused, what is no sort key too', async () => {
  for (const query of ['rules=x', 'loadbalancer_id=x', 'nonsense=1', 'name=a&name=b']) {
    const answer = await api.get(`/l7policies?${query}`);
    expect(answer.status, query).toBe(400);
    expect(answer.json.faultstring).toBe('One or more arguments are either duplicate or invalid');
  }
  const unnamed = await api.get(`/l7policies/${ids['c']}/rules?name=x`);
  expect(unnamed.status).toBe(400);
  const unsorted = await api.get('/l7policies?sort=rules');
  expect(unsorted.json.faultstring).toBe("Supplied sort key 'rules' is not valid.");
});
