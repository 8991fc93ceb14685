import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { AuthStrategy } from '../auth/strategy.ts';
import {
  type Api,
  activeHealthMonitor,
  activeListener,
  activeLoadBalancer,
  activeMember,
  activePool,
  startApi,
} from '../testing/harness.ts';
import { RESOURCES } from '../v2/resources.ts';
import type { OpenApiDocument } from './document.ts';

let api: Api;
let document: OpenApiDocument;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startApi();
  document = (await api.get('/v2/openapi.json')).json;
  ids['lb'] = await activeLoadBalancer(api);
  ids['listener'] = await activeListener(api, ids['lb']);
  ids['pool'] = await activePool(api, ids['lb'], { listener_id: ids['listener'] });
  ids['member'] = await activeMember(api, ids['pool']);
  ids['monitor'] = await activeHealthMonitor(api, ids['pool']);
});
afterAll(() => api.close());

/** Whether a value is what the document says of one operation's success, or what is wrong with it. */
function problemWith(path: string, verb: string, status: number, value: unknown): string | null {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'api');
  const pointer = [path, verb, 'responses', String(status), 'content', 'application/json', 'schema']
    .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
    .join('/');
  const validate = ajv.getSchema(`api#/paths/${encodeURI(pointer)}`);
  if (!validate) return `${verb} ${path} ${status} is not in the document`;
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

test('every verb that is served is described', () => {
  const served = RESOURCES.flatMap(({ path, endpoints }) =>
    path === '/providers/:name' ? [] : Object.keys(endpoints).map((verb) => `${verb} ${path}`),
  );
  const described = Object.values(document.paths).flatMap((verbs) => Object.keys(verbs));
  expect(described).toHaveLength(served.length);
});

const LBAAS = '/v2.0/lbaas';
const answers: readonly [path: string, url: () => string][] = [
  ['/loadbalancers', () => '/loadbalancers'],
  ['/loadbalancers/{id}', () => `/loadbalancers/${ids['lb']}`],
  ['/loadbalancers/{id}/status', () => `/loadbalancers/${ids['lb']}/status`],
  ['/loadbalancers/{id}/stats', () => `/loadbalancers/${ids['lb']}/stats`],
  ['/listeners', () => '/listeners'],
  ['/listeners/{id}', () => `/listeners/${ids['listener']}`],
  ['/pools', () => '/pools'],
  ['/pools/{id}', () => `/pools/${ids['pool']}`],
  ['/pools/{poolId}/members', () => `/pools/${ids['pool']}/members`],
  ['/pools/{poolId}/members/{id}', () => `/pools/${ids['pool']}/members/${ids['member']}`],
  ['/healthmonitors', () => '/healthmonitors'],
  ['/healthmonitors/{id}', () => `/healthmonitors/${ids['monitor']}`],
  ['/providers', () => '/providers'],
];
for (const [path, url] of answers)
  test(`what GET ${path} answers is what the document says`, async () => {
    const { status, json, text } = await api.get(url());
    expect(status, text).toBe(200);
    expect(problemWith(LBAAS + path, 'get', 200, json)).toBeNull();
  });

test('an answer with an attribute more or less is not what the document says', async () => {
  const { json } = await api.get(`/pools/${ids['pool']}`);
  const more = { pool: { ...json.pool, colour: 'red' } };
  const { protocol: _, ...less } = json.pool;
  const path = `${LBAAS}/pools/{id}`;
  expect(problemWith(path, 'get', 200, more)).toContain('additional');
  expect(problemWith(path, 'get', 200, { pool: less })).toContain('protocol');
});

test('a create answers what the document says', async () => {
  const answer = await api.post('/loadbalancers', {
    loadbalancer: { vip_subnet_id: '22222222-2222-4222-8222-222222222222', listeners: null },
  });
  expect(problemWith(`${LBAAS}/loadbalancers`, 'post', answer.status, answer.json)).toBeNull();
});

const stranger: AuthStrategy = {
  isQuotaEnforced: true,
  challenge: 'Keystone uri="http://nowhere"',
  authenticate: () => Promise.reject(new OctaviaError(ErrorCode.Unauthorized, '')),
};

test('the document and its page are there without a token, and nothing else of the API is', async () => {
  const strict = await startApi('', { auth: stranger });
  try {
    expect((await strict.get('/v2/openapi.json')).json.openapi).toBe('3.1.0');
    const page = await strict.get('/v2/openapi');
    expect(page.headers['content-type']).toContain('text/html');
    for (const path of Object.keys(document.paths)) expect(page.text).toContain(path);
    expect((await strict.get('/loadbalancers')).status).toBe(401);
  } finally {
    await strict.close();
  }
});
