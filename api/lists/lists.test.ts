import { afterAll, beforeAll, expect, test } from 'vitest';
import { listedAmphorae } from '#core/db/listed/amphora.ts';
import { listedHealthMonitors } from '#core/db/listed/health-monitor.ts';
import { listedListeners } from '#core/db/listed/listener.ts';
import { listedLoadBalancers } from '#core/db/listed/load-balancer.ts';
import { listedPools } from '#core/db/listed/pool.ts';
import { type Api, activeLoadBalancer, startApi } from '../testing/harness.ts';

let api: Api;
let other: string;
const NAMES = ['e', 'B', 'a', 'd', null, 'C', 'a'] as const;
beforeAll(async () => {
  api = await startApi();
  for (const [index, name] of NAMES.entries())
    await activeLoadBalancer(api, {
      name,
      admin_state_up: index % 2 === 0,
      tags: index < 3 ? ['red', 'blue'] : index < 5 ? ['red'] : [],
      project_id: index === 6 ? 'elsewhere' : undefined,
    });
  // Octavia's clocks have whole seconds, so many objects share one: pages must cope.
  await api.database.query(`update load_balancer set created_at = '2026-01-01T00:00:00Z'`);
  other = await activeLoadBalancer(api, { name: 'deleted' });
  await api.database.query(
    `update load_balancer set provisioning_status = 'DELETED' where id = $1`,
    [other],
  );
});
afterAll(() => api.close());

interface Listed {
  readonly ids: string[];
  readonly names: string[];
  readonly next: string | undefined;
  readonly previous: string | undefined;
}

async function list(query: string): Promise<Listed> {
  const answer = await api.get(query.startsWith('/') ? query : `/loadbalancers${query}`);
  expect(answer.status, answer.text).toBe(200);
  const { loadbalancers: rows, loadbalancers_links: links } = answer.json;
  const link = (rel: string) => {
    const href = links?.find((each: { rel: string }) => each.rel === rel)?.href as
      | string
      | undefined;
    return href?.replace(/^http:\/\/[^/]+/, '');
  };
  return {
    ids: rows.map((row: { id: string }) => row.id),
    names: rows.map((row: { name: string }) => row.name),
    next: link('next'),
    previous: link('previous'),
  };
}

const refusal = async (query: string) => {
  const answer = await api.get(`/loadbalancers${query}`);
  expect(answer.status, query).toBe(400);
  return answer.json.faultstring ?? answer.json.description;
};

for (const sort of [
  '',
  'sort=name',
  'sort=name:desc',
  'sort=vip_address,name:desc,id',
  'sort_key=admin_state_up&sort_dir=desc',
])
  test(`pages of two, forth and back, show every object once in the order of the whole list (${sort || 'default order'})`, async () => {
    const whole = await list(`?${sort}`);
    expect(whole.ids).toHaveLength(NAMES.length);
    const forth: string[] = [];
    let page = await list(`?limit=2&${sort}`);
    let last = page;
    for (; page.ids.length > 0; page = await list(page.next ?? '')) {
      forth.push(...page.ids);
      last = page;
      if (page.next === undefined) break;
    }
    expect(forth).toEqual(whole.ids);
    const back: string[] = [...last.ids];
    for (page = last; page.previous !== undefined; ) {
      page = await list(page.previous);
      if (page.ids.length === 0) break;
      back.unshift(...page.ids);
    }
    expect(back).toEqual(whole.ids);
  });

test('names sort by code point, and unnamed objects come first', async () => {
  expect((await list('?sort=name')).names).toEqual(['', 'B', 'C', 'a', 'a', 'd', 'e']);
  expect((await list('?sort_key=name&sort_dir=desc')).names[0]).toBe('e');
});

test('a page read backwards is the one just before the marker, in list order', async () => {
  const whole = await list('');
  const page = await list(`?limit=2&marker=${whole.ids[4]}&page_reverse=True`);
  expect(page.ids).toEqual(whole.ids.slice(2, 4));
  const forward = await list(`?limit=2&marker=${whole.ids[4]}&page_reverse=true`);
  expect(forward.ids).toEqual(whole.ids.slice(5, 7));
});

test('links keep the filters of the request and the base that the operator configured', async () => {
  const page = await list('?limit=1&name=a&fields=id&sort=name:desc');
  expect(page.next).toContain('name=a');
  expect(page.next).toContain('fields=id');
  const behind = await startApi('[api_settings]\napi_base_uri = https://lb.example/prefix/\n');
  await activeLoadBalancer(behind);
  const answer = await behind.get('/loadbalancers?limit=1');
  expect(answer.json.loadbalancers_links[0].href).toMatch(
    /^https:\/\/lb\.example\/prefix\/v2\/lbaas\/loadbalancers\?limit=1&marker=/,
  );
  await behind.close();
});

test('zero, negative and infinite limits mean all; a larger one than allowed is cut', async () => {
  for (const limit of ['0', '-1', 'infinite', '5000'])
    expect((await list(`?limit=${limit}`)).ids).toHaveLength(NAMES.length);
  const small = await startApi('[api_settings]\npagination_max_limit = 2\n');
  for (let count = 0; count < 3; count++) await activeLoadBalancer(small);
  expect((await small.get('/loadbalancers')).json.loadbalancers).toHaveLength(2);
  expect((await small.get('/loadbalancers?limit=3')).json.loadbalancers).toHaveLength(2);
  await small.close();
});

test('what cannot be read in a list request is named', async () => {
  expect(await refusal('?limit=ten')).toBe("Supplied pagination limit 'ten' is not valid.");
  expect(await refusal('?limit=')).toBe("Supplied pagination limit '' is not valid.");
  expect(await refusal('?limit=1&limit=2')).toBe(
    "Supplied pagination limit '['1', '2']' is not valid.",
  );
  expect(await refusal('?marker=x')).toBe("Supplied pagination marker 'x' is not valid.");
  expect(await refusal('?marker=')).toBe("Supplied pagination marker '' is not valid.");
  expect(await refusal('?sort=a:b:c')).toBe("Supplied sort key '['a', 'b', 'c']' is not valid.");
  expect(await refusal('?sort=name:up')).toBe("Supplied sort direction 'up' is not valid.");
  for (const key of ['nonsense', 'listeners', 'tags', 'constructor'])
    expect(await refusal(`?sort=${key}`)).toBe(`Supplied sort key '${key}' is not valid.`);
  const INVALID = 'One or more arguments are either duplicate or invalid';
  for (const query of [
    '?nonsense=1',
    '?listeners=1',
    '?tenant_id=1',
    '?name=a&name=b',
    '?__proto__=1',
  ])
    expect(await refusal(query), query).toBe(INVALID);
});

test('filters match exactly and together; texts that are no value match nothing', async () => {
  expect((await list('?name=a')).names).toEqual(['a', 'a']);
  expect((await list('?name=')).ids).toEqual([]);
  expect((await list('?name=a&admin_state_up=true')).ids).toHaveLength(2);
  expect((await list('?admin_state_up=Y')).ids).toHaveLength(4);
  expect((await list('?admin_state_up=nonsense')).ids).toHaveLength(3);
  expect((await list('?provisioning_status=active')).ids).toEqual([]);
  expect((await list('?provisioning_status=DELETED')).ids).toEqual([]);
  for (const query of [
    '?id=x',
    '?vip_subnet_id=x',
    '?created_at=yesterday',
    '?created_at=2026-99-99T00:00:00',
  ])
    expect((await list(query)).ids, query).toEqual([]);
  expect((await list('?created_at=2026-01-01T00:00:00')).ids).toHaveLength(NAMES.length);
});

test('an administrator sees every project’s, or one’s when asked', async () => {
  expect((await list('')).ids).toHaveLength(NAMES.length);
  expect((await list('?project_id=elsewhere')).names).toEqual(['a']);
});

test('tags filter by all, any, not all, none', async () => {
  expect((await list('?tags=red,blue')).ids).toHaveLength(3);
  expect((await list('?tags=red&tags=blue')).ids).toHaveLength(3);
  expect((await list('?tags-any=blue,red')).ids).toHaveLength(5);
  expect((await list('?not-tags=red,blue')).ids).toHaveLength(4);
  expect((await list('?not-tags-any=red')).ids).toHaveLength(2);
  expect((await list('?tags=red&not-tags-any=blue')).ids).toHaveLength(2);
});

test('what a deployment switches off has no effect', async () => {
  const plain = await startApi(
    '[api_settings]\nallow_pagination = false\nallow_sorting = false\nallow_filtering = false\nallow_field_selection = false\n',
  );
  await activeLoadBalancer(plain, { name: 'x' });
  const answer = await plain.get('/loadbalancers?limit=x&sort=x&x=x&fields=id');
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json.loadbalancers[0].name).toBe('x');
  expect(answer.json.loadbalancers_links).toBeNull();
  await plain.close();
});

const SOURCES = {
  '/loadbalancers': listedLoadBalancers,
  '/listeners': listedListeners,
  '/pools': listedPools,
  '/healthmonitors': listedHealthMonitors,
  '/v2/octavia/amphorae': listedAmphorae,
};

test('every filter and sort key of every list is understood by the database', async () => {
  for (const [path, source] of Object.entries(SOURCES))
    for (const key of Object.keys(source.keys)) {
      const filtered = await api.get(`${path}?${key}=1`);
      expect(filtered.status, `${path} ${key}: ${filtered.text}`).toBe(200);
      const sorted = await api.get(`${path}?sort=${key}:desc&limit=1`);
      const status = key === 'loadbalancer_id' ? 400 : 200;
      expect(sorted.status, `${path} ${key}: ${sorted.text}`).toBe(status);
    }
});

test('a text that the database cannot hold is refused as a filter, on every list', async () => {
  for (const path of Object.keys(SOURCES))
    for (const name of ['project_id', 'marker', 'name', 'tags', 'id'])
      expect((await api.get(`${path}?${name}=%00`)).status, `${path} ${name}`).toBeOneOf([
        200, 400,
      ]);
});

test('a limit above what anybody could count is the largest page there is', async () => {
  const all = await list('');
  for (const limit of ['9999999999', '1'.repeat(400)])
    expect((await list(`?limit=${limit}`)).ids, limit).toEqual(all.ids);
});

test('clients may ask for the load balancers of a server group: none has one', async () => {
  expect((await list('?server_group_id=x')).ids).toEqual([]);
  expect((await list('?sort=server_group_id')).ids).toEqual((await list('')).ids);
});
