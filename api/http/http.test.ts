import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/testing/servers.ts';
import { type Api, activeLoadBalancer, PROJECT, startApi } from '../testing/harness.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi('[api_settings]\nhealthcheck_enabled = true\n');
  id = await activeLoadBalancer(api, { name: 'größe' });
});
afterAll(() => api.close());

const raw = (url: string, method = 'GET', headers: Record<string, string> = {}, payload?: string) =>
  api.app.inject({
    method: method as 'GET',
    url,
    headers: { 'x-project-id': PROJECT, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });

test('four mount points, a trailing slash, a suffix and a prefix lead to the same place', async () => {
  for (const path of ['/v2/lbaas', '/v2.0/lbaas', '/v2', '/v2.0', '/load-balancer/v2.0/lbaas'])
    for (const end of ['', '/', '.json']) {
      const answer = await raw(`${path}/loadbalancers/${id}${end}`);
      expect(answer.statusCode, `${path}${end}`).toBe(200);
    }
  expect((await raw('/v2.0/octavia/amphorae')).statusCode).toBe(200);
  expect((await raw('/v2/lbaas/octavia/amphorae')).statusCode).toBe(404);
});

test('the root lists all versions to anyone, with links back to where the client came from', async () => {
  const answer = await raw('/', 'GET', { host: 'cloud.example:9876' });
  const { versions } = answer.json<{
    versions: { id: string; status: string; updated: string; links: { href: string }[] }[];
  }>();
  expect(versions).toHaveLength(31);
  expect(versions[0]).toEqual({
    id: 'v2.0',
    status: 'SUPPORTED',
    updated: '2016-12-11T00:00:00Z',
    links: [{ href: 'http://cloud.example:9876/v2', rel: 'self' }],
  });
  expect(versions.at(-1)).toMatchObject({ id: 'v2.30', status: 'CURRENT' });
  expect(versions.filter((version) => version.status === 'CURRENT')).toHaveLength(1);
  const prefixed = await raw('/load-balancer/', 'POST', { host: 'h' });
  expect(prefixed.json().versions[0].links[0].href).toBe('http://h/load-balancer/v2');
  for (const path of ['/v2', '/v2/', '/v2.0', '/v2/lbaas', '/v2/octavia'])
    expect((await raw(path)).body).toBe('"v2"');
});

test('what is not there is the router’s fault, with a description only below a version', async () => {
  expect((await raw('/v2/lbaas/nonsense')).json()).toEqual({
    code: 404,
    title: 'Not Found',
    description: '',
  });
  for (const path of ['/v1', '/v2.1/loadbalancers'])
    expect((await raw(path)).json()).toEqual({ code: 404, title: 'Not Found', description: null });
  expect((await raw(`/v2/loadbalancers/${id}/nonsense`)).statusCode).toBe(404);
  expect((await raw('/v2/loadbalancers/%zz')).statusCode).toBe(404);
});

test('a method that is not for a path says which are, misplaced ones say what is missing', async () => {
  for (const method of ['HEAD', 'PATCH', 'TRACE']) {
    const answer = await raw('/v2/loadbalancers', method);
    expect(answer.statusCode, method).toBe(405);
    expect(answer.headers['allow']).toBe('DELETE, GET, POST, PUT');
  }
  const missing = await raw('/v2/pools', 'DELETE');
  expect(missing.statusCode).toBe(400);
  expect(missing.json().faultstring).toBe('Missing argument: "id"');
  expect((await raw(`/v2/pools/${id}`, 'POST')).statusCode).toBe(400);
  expect((await raw('/v2/octavia/amphorae', 'POST')).headers['allow']).toBe('DELETE, GET');
  expect((await raw('/v2/providers/amphora')).statusCode).toBe(405);
});

test('OPTIONS is answered empty, and without a request id', async () => {
  const answer = await raw('/v2/loadbalancers', 'OPTIONS');
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe('');
  expect(answer.headers['content-type']).toBeUndefined();
  expect(answer.headers['x-openstack-request-id']).toBeUndefined();
});

test('every answer carries a request id of ours, whatever the client sends', async () => {
  const sent = 'req-3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
  const answer = await raw('/v2/pools', 'GET', { 'x-openstack-request-id': sent });
  expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
  expect(answer.headers['x-openstack-request-id']).not.toBe(sent);
});

test('answers are ASCII JSON without a charset', async () => {
  const answer = await raw(`/v2/loadbalancers/${id}`);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.body).toContain('"gr\\u00f6\\u00dfe"');
  expect(answer.json().loadbalancer.name).toBe('größe');
});

test('only a client that takes no JSON is refused', async () => {
  const good = ['', '*/*', 'application/*', 'text/html, application/json;q=0.1', 'garbage'];
  for (const accept of good)
    expect((await raw('/v2/pools', 'GET', { accept })).statusCode, accept).toBe(200);
  for (const accept of ['text/html', 'application/json;q=0', 'application/xml']) {
    const answer = await raw('/v2/pools', 'GET', { accept });
    expect(answer.json(), accept).toEqual({
      code: 406,
      title: 'Not Acceptable',
      description: 'Only content type application/json is accepted.',
    });
  }
});

test('bodies that are not JSON are told apart: broken, a form, another type, too large, none', async () => {
  const post = (payload: string, type?: string) =>
    raw('/v2/pools', 'POST', type === undefined ? {} : { 'content-type': type }, payload);
  for (const broken of ['{', '{"pool":', '\u0000', '{"pool":NaN}', '['.repeat(5000), '{"a":1}}'])
    expect((await post(broken, 'application/json')).json().faultstring).toBe(
      'Request is not in valid JSON format',
    );
  expect((await post('pool=1&x=2', 'application/x-www-form-urlencoded')).json().faultstring).toBe(
    'Unknown argument: "pool"',
  );
  const xml = await post('<pool/>', 'text/xml');
  expect(xml.statusCode).toBe(415);
  expect(xml.json().faultstring).toBe('Unknown mimetype: text/xml');
  expect((await post('{}', 'text/javascript; charset=x')).json().faultstring).toBe(
    "Invalid input for field/attribute pool. Value: 'None'. Mandatory field missing.",
  );
  const none = await raw('/v2/pools', 'POST', { 'content-type': 'application/json' });
  expect(none.json().faultstring).toBe('Missing argument: "pool_"');
  const huge = await post(`{"pool":{"name":"${'x'.repeat(120_000)}"}}`, 'application/json');
  expect(huge.statusCode).toBe(413);
  expect(huge.headers['content-type']).toContain('text/plain');
  expect(huge.body).toBe('Request is too large. Larger than max_request_body_size (%s).');
});

test('bodies of the wrong form are refused, not crashed upon', async () => {
  for (const body of [
    '[]',
    '"x"',
    '5',
    'null',
    '{}',
    '{"loadbalancer":null}',
    '{"loadbalancer":[]}',
  ]) {
    const answer = await raw(
      '/v2/loadbalancers',
      'POST',
      { 'content-type': 'application/json' },
      body,
    );
    expect(answer.statusCode, body).toBe(400);
    expect(answer.json().faultstring, body).toMatch(
      /^Invalid input for field\/attribute load_?balancer/,
    );
  }
  const two = await api.post('/loadbalancers', { loadbalancer: {}, b: 1, a: 2 });
  expect(two.json.faultstring).toBe('Unknown attributes for argument load_balancer: a, b');
});

test('a query parameter that means nothing is refused where nothing is listed or shown', async () => {
  const answer = await api.put(`/loadbalancers/${id}/failover?now=1`);
  expect(answer.json.faultstring).toBe('Unknown argument: "now"');
  expect((await api.get(`/loadbalancers/${id}/stats?x=1`)).status).toBe(400);
  expect((await api.delete(`/loadbalancers/${id}?force=1`)).status).toBe(400);
  expect((await api.get(`/loadbalancers/${id}?x=1`)).status).toBe(200);
});

test('failover takes no body or an empty one, and answers empty', async () => {
  for (const body of [undefined, {}]) {
    const answer = await api.put(`/loadbalancers/${id}/failover`, body);
    expect(answer.status, answer.text).toBe(202);
    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBeUndefined();
    await api.finish();
  }
  const told = await api.put(`/loadbalancers/${id}/failover`, { now: true });
  expect([told.status, told.json.faultstring]).toEqual([400, 'Unknown argument: "now"']);
});

test('the health check speaks text, HTML and JSON', async () => {
  expect((await raw('/healthcheck')).body).toBe('OK');
  const json = await raw('/healthcheck', 'GET', { accept: 'application/json' });
  expect(json.json()).toEqual({ detailed: false, reasons: ['OK'] });
  const html = await raw('/healthcheck', 'GET', { accept: 'text/html' });
  expect(html.headers['content-type']).toContain('text/html');
  expect((await raw('/healthcheck', 'HEAD')).statusCode).toBe(204);
  expect((await raw('/healthcheck', 'POST')).statusCode).toBe(405);
});

const askHealth = (on: Api, accept: string) =>
  on.app.inject({ url: '/healthcheck', headers: { accept } });

test('a detailed health check also tells of the process, and why the database is no good', async () => {
  const config = '[api_settings]\nhealthcheck_enabled = true\n[healthcheck]\ndetailed = true\n';
  const good = await startApi(config);
  const json = await askHealth(good, 'application/json');
  expect(json.headers['content-type']).toBe('application/json');
  expect(json.json()).toMatchObject({
    detailed: true,
    node_version: process.version,
    reasons: [{ reason: 'OK', details: '', class: 'octavia_db_check' }],
  });
  expect((await askHealth(good, 'text/html')).body).toContain(
    '<TD>octavia_db_check</TD><TD>OK</TD>',
  );
  expect((await askHealth(good, 'text/plain')).body).toBe('OK');
  const away = await startApi(config, { database: await closedDatabase() });
  const bad = await askHealth(away, 'application/json');
  expect([bad.statusCode, bad.json().reasons[0].reason]).toEqual([
    503,
    'The Octavia database is unavailable.',
  ]);
  await Promise.all([good.close(), away.close()]);
});

async function closedDatabase(): Promise<Api['database']> {
  const own = await createTestDatabase();
  await own.close();
  return own.database;
}

test('without being switched on there is no health check', async () => {
  const other = await startApi();
  expect((await other.app.inject('/healthcheck')).statusCode).toBe(404);
  await other.close();
});

test('a GET that claims to be another method is refused', async () => {
  for (const claimed of ['put', 'DELETE']) {
    const answer = await raw(`/v2/lbaas/loadbalancers/${id}?_method=${claimed}`);
    expect(answer.statusCode, claimed).toBe(405);
    expect(answer.headers.allow).toBe('DELETE, GET, POST, PUT');
  }
  expect((await raw(`/v2/lbaas/loadbalancers/${id}?_method=get`)).statusCode).toBe(200);
});
