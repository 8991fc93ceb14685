import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { haproxyNamespaceOf } from '#drivers/local/names.ts';
import { run } from '../../amphora-agent/testing/command.ts';
import { until } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { TenantServer } from '../../deploy/one-box/demo/tenant-server.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import { untilServing } from './testing/served-web.ts';

const ANSWER_TIMEOUT_MS = 5000;
const METRICS_TIMEOUT_MS = 60_000;

let cloud: OwnCloud;
let scene: Scene;
let servers: readonly TenantServer[] = [];
let loadBalancerId: string;
let url: string;
let url6: string;
let policies: Readonly<Record<string, string>>;

beforeAll(async () => {
  cloud = await ownCloud('g', true);
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  servers = ['rest', 'app'].map(
    (name) => new TenantServer(scene.options, scene.network.name, name),
  );
  for (const server of servers) await server.start();
});
afterAll(async () => {
  for (const server of servers) await server.remove();
  await cloud.remove();
});
beforeEach(needsRoot);

interface Answer {
  readonly status: number;
  readonly location: unknown;
  readonly text: string;
}

async function ask(
  path: string,
  headers: Record<string, string> = {},
  base = url,
): Promise<Answer> {
  // By a connection of its own: one that is kept may bring its next request to the HAProxy from before the change.
  const options = {
    headers,
    reset: true,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  };
  const { statusCode, headers: own, body } = await request(new URL(path, base), options);
  return { status: statusCode, location: own['location'], text: await body.text() };
}

/** A change is in force once the load balancer takes the next one. */
async function change(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const answer = await scene.api.lbaas<Record<string, { id: string }>>(method, path, body);
  await scene.api.untilActive(loadBalancerId);
  return answer;
}

const path = (value: string) => ({ type: 'PATH', compare_type: 'STARTS_WITH', value });
const poolOf = (name: string) => ({
  name,
  protocol: 'HTTP',
  lb_algorithm: 'ROUND_ROBIN',
  members: servers
    .filter((server) => server.name === name)
    .map((server) => ({ address: server.address, protocol_port: server.port })),
});

interface Created {
  readonly loadbalancer: {
    readonly id: string;
    readonly vip_address: string;
    readonly additional_vips: readonly { readonly ip_address: string }[];
    readonly listeners: readonly { l7policies: readonly { id: string; name: string }[] }[];
  };
}

test('one request makes a load balancer that sends by path, redirects and rejects', async () => {
  const { loadbalancer } = await scene.api.lbaas<Created>('POST', 'loadbalancers', {
    loadbalancer: {
      name: 'l7',
      vip_subnet_id: scene.network.subnetId,
      additional_vips: [{ subnet_id: scene.network.ipv6?.subnetId }],
      listeners: [
        {
          protocol: 'HTTP',
          protocol_port: 80,
          default_pool: poolOf('rest'),
          l7policies: [
            {
              name: 'to-app',
              action: 'REDIRECT_TO_POOL',
              redirect_pool: poolOf('app'),
              rules: [path('/app')],
            },
            {
              name: 'moved',
              action: 'REDIRECT_TO_URL',
              redirect_url: 'https://www.example.org/new?a=%20b',
              redirect_http_code: 308,
              rules: [path('/old')],
            },
            {
              name: 'prefixed',
              action: 'REDIRECT_PREFIX',
              redirect_prefix: 'https://www.example.org',
              rules: [path('/shop')],
            },
            {
              name: 'secret',
              action: 'REJECT',
              rules: [
                path('/secret'),
                {
                  type: 'HEADER',
                  compare_type: 'EQUAL_TO',
                  key: 'X-Pass',
                  value: '"let me in"',
                  invert: true,
                },
              ],
            },
          ],
        },
      ],
    },
  });
  loadBalancerId = loadbalancer.id;
  url = `http://${loadbalancer.vip_address}/`;
  url6 = `http://[${loadbalancer.additional_vips[0]?.ip_address}]/`;
  await scene.api.untilActive(loadBalancerId);
  await untilServing(url);
  policies = Object.fromEntries(
    loadbalancer.listeners[0]?.l7policies.map(({ name, id }) => [name, id]) ?? [],
  );

  expect((await ask('/')).text).toBe('rest');
  expect((await ask('/app/x')).text).toBe('app');
  expect(await ask('/old/page')).toMatchObject({
    status: 308,
    location: 'https://www.example.org/new?a=%20b',
  });
  expect(await ask('/shop/1?q=2')).toMatchObject({
    status: 302,
    location: 'https://www.example.org/shop/1?q=2',
  });
  expect((await ask('/secret')).status).toBe(403);
  expect((await ask('/secret', { 'X-Pass': '"let me in"' })).text).toBe('rest');
});

test('a changed rule, a further rule and a disabled policy are in force when the load balancer is ACTIVE', async () => {
  const rules = `l7policies/${policies['to-app']}/rules`;
  const { rules: shown } = await scene.api.lbaas<{ rules: { id: string }[] }>('GET', rules);
  await change('PUT', `${rules}/${shown[0]?.id}`, {
    rule: { compare_type: 'REGEX', value: '^/(app|api)[0-9]+$' },
  });
  expect((await ask('/app')).text).toBe('rest');
  expect((await ask('/api7')).text).toBe('app');

  const { rule } = await change('POST', rules, {
    rule: { type: 'HOST_NAME', compare_type: 'ENDS_WITH', value: '.example.org' },
  });
  expect((await ask('/api7')).text).toBe('rest');
  expect((await ask('/api7', { host: 'WWW.example.org' })).text).toBe('app');
  await change('DELETE', `${rules}/${rule?.id}`);
  expect((await ask('/api7')).text).toBe('app');

  await change('PUT', `l7policies/${policies['secret']}`, { l7policy: { admin_state_up: false } });
  expect((await ask('/secret')).text).toBe('rest');
});

test('of two policies that match, the first by position chooses the pool, also after a move', async () => {
  const listed = await scene.api.lbaas<{ pools: { id: string; name: string }[] }>(
    'GET',
    `pools?loadbalancer_id=${loadBalancerId}`,
  );
  const rest = listed.pools.find((pool) => pool.name === 'rest')?.id;
  const { listeners } = await scene.api.lbaas<{ listeners: { id: string }[] }>(
    'GET',
    `listeners?loadbalancer_id=${loadBalancerId}`,
  );
  const { l7policy } = await change('POST', 'l7policies', {
    l7policy: {
      listener_id: listeners[0]?.id,
      action: 'REDIRECT_TO_POOL',
      redirect_pool_id: rest,
    },
  });
  await change('POST', `l7policies/${l7policy?.id}/rules`, { rule: path('/api') });
  expect((await ask('/api7')).text).toBe('app');
  await change('PUT', `l7policies/${l7policy?.id}`, { l7policy: { position: 1 } });
  expect((await ask('/api7')).text).toBe('rest');
  await change('DELETE', `l7policies/${l7policy?.id}`);
  expect((await ask('/api7')).text).toBe('app');
  await until('the policy is gone', ANSWER_TIMEOUT_MS, async () => {
    const { status } = await scene.api.call('GET', `/v2/lbaas/l7policies/${l7policy?.id}`);
    return status === 404;
  });
});

test('an IPv6 address of the load balancer serves, also from a member that has IPv6 alone', async () => {
  expect((await ask('/', {}, url6)).text).toBe('rest');
  const { pools } = await scene.api.lbaas<{ pools: { id: string; name: string }[] }>(
    'GET',
    `pools?loadbalancer_id=${loadBalancerId}`,
  );
  const app = servers.find(({ name }) => name === 'app');
  const member = {
    address: app?.address6,
    protocol_port: app?.port,
    subnet_id: scene.network.ipv6?.subnetId,
  };
  const pool = pools.find(({ name }) => name === 'app')?.id;
  await change('PUT', `pools/${pool}/members`, { members: [member] });
  for (const base of [url, url6]) expect((await ask('/api7', {}, base)).text).toBe('app');
});

test('an IPv6 address moves to a new amphora while the old one is alive, and is no duplicate there', async () => {
  await change('PUT', `loadbalancers/${loadBalancerId}/failover`);
  const [amphora] = await scene.api.amphorae(loadBalancerId);
  const namespace = haproxyNamespaceOf(cloud.namePrefix, amphora?.id ?? '');
  const addresses = () => run('ip', '-n', namespace, '-6', '-o', 'address', 'show');
  await expect.poll(addresses, { timeout: 30_000 }).not.toContain('tentative');
  expect(await addresses()).toContain(new URL(url6).hostname.slice(1, -1));
  expect(await addresses()).not.toContain('dadfailed');
  await untilServing(url6);
  expect((await ask('/api7', {}, url6)).text).toBe('app');
});

test('what HAProxy refuses is in ERROR until it is mended; other listeners are changed meanwhile', async () => {
  const { listener } = await change('POST', 'listeners', {
    listener: { protocol: 'HTTP', protocol_port: 81, loadbalancer_id: loadBalancerId },
  });
  const { l7policy } = await change('POST', 'l7policies', {
    l7policy: { listener_id: listener?.id, action: 'REJECT' },
  });
  const rules = `l7policies/${l7policy?.id}/rules`;
  const onlyHaproxyRefuses = { type: 'PATH', compare_type: 'REGEX', value: String.raw`^/\u0061` };
  const { rule } = await change('POST', rules, { rule: onlyHaproxyRefuses });
  const policy = `l7policies/${l7policy?.id}`;
  const paths = [`listeners/${listener?.id}`, policy, `${rules}/${rule?.id}`];
  const statuses = async () => {
    const shown = paths.map((each) =>
      scene.api.lbaas<Record<string, { provisioning_status: string }>>('GET', each),
    );
    return (await Promise.all(shown)).map(
      (each) => Object.values(each).map((object) => object.provisioning_status)[0],
    );
  };
  expect(await statuses()).toEqual(['ERROR', 'ERROR', 'ERROR']);

  await change('PUT', `l7policies/${policies['moved']}`, { l7policy: { admin_state_up: false } });
  expect((await ask('/old')).text).toBe('rest');
  expect(await statuses()).toEqual(['ERROR', 'ERROR', 'ERROR']);

  // Rules of a policy in ERROR cannot be changed, by Octavia's API; a policy that is switched off asks nothing of HAProxy.
  await change('PUT', policy, { l7policy: { admin_state_up: false } });
  await change('PUT', `${rules}/${rule?.id}`, { rule: { value: '^/a' } });
  await change('PUT', policy, { l7policy: { admin_state_up: true } });
  expect(await statuses()).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
  const base = new URL(url);
  base.port = '81';
  expect((await ask('/a', {}, base.href)).status).toBe(403);
});

test('a PROMETHEUS listener tells the metrics of the load balancer', async () => {
  await change('POST', 'listeners', {
    listener: { protocol: 'PROMETHEUS', protocol_port: 9100, loadbalancer_id: loadBalancerId },
  });
  const base = new URL(url);
  base.port = '9100';
  await until('metrics are told', METRICS_TIMEOUT_MS, async () => {
    const { status, text } = await ask('/metrics', {}, base.href);
    return status === 200 && /^octavia_listener_http_requests_total\{/m.test(text);
  });
});

test('a cascading deletion takes policies and rules along', async () => {
  await scene.api.lbaas('DELETE', `loadbalancers/${loadBalancerId}?cascade=true`);
  await scene.api.untilGone(loadBalancerId);
  expect((await scene.api.call('GET', '/v2/lbaas/l7policies')).body).toMatchObject({
    l7policies: [],
  });
});
