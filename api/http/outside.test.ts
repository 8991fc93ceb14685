import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, activeLoadBalancer, startApi } from '../testing/harness.ts';

const PAGE = 'https://dashboard.example.org';

/** What a test sees of an answer. */
async function ask(api: Api, method: 'GET' | 'OPTIONS', path: string, headers: object) {
  return api.request(method, path, undefined, headers as Record<string, string>);
}

/** The link in the version document. */
const versionLink = async (api: Api, headers: object): Promise<string> =>
  (await ask(api, 'GET', '/', { host: 'inside:9876', ...headers })).json.versions[0].links[0].href;

const corsOf = (headers: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => name === 'vary' || name.startsWith('access-control'),
    ),
  );

describe('web pages of other origins', () => {
  let api: Api;
  let closed: Api;
  beforeAll(async () => {
    api = await startApi(`[cors]\nallowed_origin = ${PAGE}, https://other.example.org\n`);
    closed = await startApi('');
  });
  afterAll(() => Promise.all([api.close(), closed.close()]));

  test('hear from a preflight what they may do', async () => {
    const answer = await ask(api, 'OPTIONS', '/loadbalancers', {
      origin: PAGE,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-auth-token, Content-Type',
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(corsOf(answer.headers)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': PAGE,
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '3600',
      'access-control-allow-methods': 'GET,PUT,POST,DELETE',
      'access-control-allow-headers': expect.stringMatching(
        /content-type.*X-Auth-Token,X-Openstack-Request-Id$/,
      ),
    });
  });

  test('may read answers, refusals too', async () => {
    for (const path of ['/loadbalancers', '/nonsense'])
      expect(corsOf((await ask(api, 'GET', path, { origin: PAGE })).headers)).toEqual({
        vary: 'Origin',
        'access-control-allow-origin': PAGE,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'X-Auth-Token,X-Openstack-Request-Id',
      });
  });

  test.each([
    ['of an origin that is not allowed', { origin: 'https://evil.example.org' }],
    ['that name no origin', {}],
    ['that want another method', { origin: PAGE, 'access-control-request-method': 'PATCH' }],
    [
      'that want another header',
      {
        origin: PAGE,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'x-evil',
      },
    ],
  ])('%s are told nothing by a preflight, that is answered all the same', async (_, headers) => {
    const answer = await ask(api, 'OPTIONS', '/loadbalancers', headers);
    expect(answer.status).toBe(200);
    expect(corsOf(answer.headers)).toEqual({});
  });

  test('are told nothing where nobody configured any', async () => {
    expect(corsOf((await ask(closed, 'GET', '/loadbalancers', { origin: PAGE })).headers)).toEqual(
      {},
    );
  });

  test('of whatever origin get no credentials', async () => {
    const open = await startApi('[cors]\nallowed_origin = *\n');
    const { headers } = await ask(open, 'GET', '/loadbalancers', { origin: PAGE });
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    await open.close();
  });
});

describe('links behind a proxy', () => {
  let believing: Api;
  let plain: Api;
  beforeAll(async () => {
    believing = await startApi('[oslo_middleware]\nenable_proxy_headers_parsing = true\n');
    plain = await startApi('');
    for (const api of [believing, plain]) await activeLoadBalancer(api);
  });
  afterAll(() => Promise.all([believing.close(), plain.close()]));

  test.each([
    [{ 'x-forwarded-proto': 'https' }, 'https://inside:9876/v2'],
    [{ 'x-forwarded-host': 'lb.example.org' }, 'http://lb.example.org/v2'],
    [{ 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'a:1, b:2' }, 'https://a:1/v2'],
    [{ 'x-forwarded-prefix': '/load-balancer/' }, 'http://inside:9876/load-balancer/v2'],
    [{ forwarded: 'for=192.0.2.1;proto=https;host="lb.example.org"' }, 'https://lb.example.org/v2'],
    [{ forwarded: 'proto=https', 'x-forwarded-proto': 'http' }, 'https://inside:9876/v2'],
    [{ 'x-forwarded-proto': 'javascript' }, 'http://inside:9876/v2'],
    [{ 'x-forwarded-host': 'a/b?c' }, 'http://inside:9876/v2'],
    [{ 'x-forwarded-prefix': '//evil.example.org' }, 'http://inside:9876/v2'],
    [{ forwarded: ';;=;"' }, 'http://inside:9876/v2'],
  ])('are made of what it says, if that can be part of a link: %j', async (headers, link) => {
    expect(await versionLink(believing, headers)).toBe(link);
  });

  test('are not, unless the operator says that there is one', async () => {
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/x',
      forwarded: 'host=y',
    };
    expect(await versionLink(plain, headers)).toBe('http://inside:9876/v2');
  });

  test('to the next page lead through it, too', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/lb', host: 'h' };
    const { json } = await ask(believing, 'GET', '/loadbalancers?limit=1', headers);
    expect(json.loadbalancers_links[0].href).toMatch(
      /^https:\/\/h\/lb\/v2\/lbaas\/loadbalancers\?limit=1&marker=/,
    );
  });
});
