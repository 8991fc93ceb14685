import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Api,
  activeHealthMonitor,
  activeL7Policy,
  activeL7Rule,
  activeListener,
  activeLoadBalancer,
  activeMember,
  activePool,
  SUBNET,
  startApi,
} from '../testing/harness.ts';

let api: Api;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startApi();
  ids['lb'] = await activeLoadBalancer(api);
  ids['listener'] = await activeListener(api, ids['lb']);
  ids['pool'] = await activePool(api, ids['lb'], { listener_id: ids['listener'] });
  ids['member'] = await activeMember(api, ids['pool']);
  ids['monitor'] = await activeHealthMonitor(api, ids['pool']);
  ids['policy'] = await activeL7Policy(api, ids['listener']);
  ids['rule'] = await activeL7Rule(api, ids['policy']);
  ids['amphora'] = randomUUID();
  await api.database.query(
    `insert into amphora (id, load_balancer_id, status) values ($1, $2, 'ALLOCATED')`,
    [ids['amphora'], ids['lb']],
  );
  await api.database.query(
    `insert into listener_statistics values ($1, $2, 10, 20, 3, 4, 5), ($1, $3, 1, 2, 30, 4, 5)`,
    [ids['listener'], ids['amphora'], randomUUID()],
  );
});
afterAll(() => api.close());

const COMMON =
  'id name operating_status provisioning_status admin_state_up project_id tenant_id created_at updated_at tags';
const LISTENER = `${COMMON} description protocol protocol_port connection_limit default_tls_container_ref
  sni_container_refs default_pool_id l7policies insert_headers timeout_client_data timeout_member_connect
  timeout_member_data timeout_tcp_inspect client_ca_tls_container_ref client_authentication
  client_crl_container_ref allowed_cidrs tls_ciphers tls_versions alpn_protocols hsts_max_age
  hsts_include_subdomains hsts_preload`;
const POOL = `${COMMON} description protocol lb_algorithm session_persistence tls_container_ref
  ca_tls_container_ref crl_container_ref tls_enabled tls_ciphers tls_versions alpn_protocols listeners members`;
const MEMBER = `${COMMON} address protocol_port weight backup subnet_id monitor_address monitor_port vnic_type`;
const MONITOR = `${COMMON} type delay timeout max_retries max_retries_down http_method url_path expected_codes
  http_version domain_name`;
const POLICY = `${COMMON} description listener_id action redirect_pool_id redirect_url redirect_prefix
  redirect_http_code position rules`;
const RULE = `${COMMON.replace('name ', '')} type compare_type key value invert`;
const LOAD_BALANCER = `${COMMON} description vip_address vip_port_id vip_subnet_id vip_network_id
  vip_qos_policy_id vip_sg_ids vip_vnic_type additional_vips listeners pools provider flavor_id availability_zone`;
const AMPHORA = `id loadbalancer_id compute_id lb_network_ip vrrp_ip ha_ip vrrp_port_id ha_port_id cert_expiration
  cert_busy role status vrrp_interface vrrp_id vrrp_priority cached_zone created_at updated_at image_id compute_flavor`;
const STATS = 'active_connections bytes_in bytes_out request_errors total_connections';

const names = (text: string) => text.trim().split(/\s+/).sort();
const keys = (object: object) => Object.keys(object).sort();

const shapes: readonly [string, () => string, string, string][] = [
  ['loadbalancer', () => `/loadbalancers/${ids['lb']}`, 'loadbalancers', LOAD_BALANCER],
  ['listener', () => `/listeners/${ids['listener']}`, 'listeners', `${LISTENER} loadbalancers`],
  ['pool', () => `/pools/${ids['pool']}`, 'pools', `${POOL} loadbalancers healthmonitor_id`],
  ['member', () => `/pools/${ids['pool']}/members/${ids['member']}`, 'members', MEMBER],
  [
    'healthmonitor',
    () => `/healthmonitors/${ids['monitor']}`,
    'healthmonitors',
    `${MONITOR} pools`,
  ],
  ['l7policy', () => `/l7policies/${ids['policy']}`, 'l7policies', POLICY],
  ['rule', () => `/l7policies/${ids['policy']}/rules/${ids['rule']}`, 'rules', RULE],
  ['amphora', () => `/v2/octavia/amphorae/${ids['amphora']}`, 'amphorae', AMPHORA],
];
for (const [root, path, plural, attributes] of shapes) {
  test(`a shown and a listed ${root} have exactly the attributes of the contract`, async () => {
    const shown = await api.get(path());
    expect(shown.status, shown.text).toBe(200);
    expect(Object.keys(shown.json)).toEqual([root]);
    expect(keys(shown.json[root])).toEqual(names(attributes));
    const list = await api.get(path().replace(/\/[^/]+$/, ''));
    expect(Object.keys(list.json)).toEqual([plural, `${plural}_links`]);
    expect(list.json[plural]).toContainEqual(shown.json[root]);
  });

  test(`fields cut a ${root} down, unknown ones to nothing`, async () => {
    const some = await api.get(`${path()}?fields=id&fields=status&fields=created_at`);
    expect(keys(some.json[root])).toEqual(
      names(root === 'amphora' ? 'id status created_at' : 'id created_at'),
    );
    expect((await api.get(`${path()}?fields=id,name`)).json[root]).toEqual({});
  });

  test(`an unknown ${root} is not found, whatever its id looks like`, async () => {
    for (const id of [randomUUID(), 'x', "'; drop table pool; --", '%00', 'é', 'a'.repeat(300)]) {
      const answer = await api.get(path().replace(/[^/]+$/, encodeURIComponent(id)));
      expect(answer.status, `${id}: ${answer.text}`).toBe(404);
    }
  });
}

test('the answer to a create has the children in full, and only forward references', async () => {
  const rules = [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/q' }];
  const policy = { action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'r' }, rules };
  const answer = await api.post('/loadbalancers', {
    loadbalancer: {
      vip_subnet_id: SUBNET,
      listeners: [
        { protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'p' }, l7policies: [policy] },
      ],
      pools: [
        {
          name: 'p',
          protocol: 'HTTP',
          lb_algorithm: 'ROUND_ROBIN',
          members: [{ address: '10.0.0.1', protocol_port: 80 }],
          healthmonitor: { type: 'TCP', delay: 1, timeout: 1, max_retries: 1 },
        },
        { name: 'q', protocol: 'TCP', lb_algorithm: 'SOURCE_IP' },
        { name: 'r', protocol: 'HTTP', lb_algorithm: 'SOURCE_IP' },
      ],
    },
  });
  expect(answer.status, answer.text).toBe(201);
  const { loadbalancer } = answer.json;
  expect(keys(loadbalancer)).toEqual(names(LOAD_BALANCER));
  expect(keys(loadbalancer.listeners[0])).toEqual(names(LISTENER));
  expect(keys(loadbalancer.listeners[0].l7policies[0])).toEqual(names(POLICY));
  expect(keys(loadbalancer.listeners[0].l7policies[0].rules[0])).toEqual(names(RULE));
  const pool = loadbalancer.pools.find((each: { name: string }) => each.name === 'p');
  expect(keys(pool)).toEqual(names(`${POOL} healthmonitor`));
  expect(keys(pool.members[0])).toEqual(names(MEMBER));
  expect(keys(pool.healthmonitor)).toEqual(names(MONITOR));
  expect(pool.listeners).toEqual([{ id: loadbalancer.listeners[0].id }]);
  expect(loadbalancer.listeners[0].default_pool_id).toBe(pool.id);
  const other = loadbalancer.pools.find((each: { name: string }) => each.name === 'q');
  expect(other.healthmonitor).toBeNull();
});

test('times have no zone and no fraction, and an update time only after a change', async () => {
  const { loadbalancer } = (await api.get(`/loadbalancers/${ids['lb']}`)).json;
  expect(loadbalancer.created_at).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/);
  const fresh = await api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  expect(fresh.json.loadbalancer.updated_at).toBeNull();
});

test('statistics add up over amphorae, connections only of those in service', async () => {
  const listener = await api.get(`/listeners/${ids['listener']}/stats`);
  expect(keys(listener.json.stats)).toEqual(names(STATS));
  const sums = {
    active_connections: 3,
    bytes_in: 11,
    bytes_out: 22,
    request_errors: 10,
    total_connections: 8,
  };
  expect(listener.json.stats).toEqual(sums);
  expect((await api.get(`/loadbalancers/${ids['lb']}/stats`)).json.stats).toEqual(sums);
  const amphora = await api.get(`/v2.0/octavia/amphorae/${ids['amphora']}/stats`);
  expect(amphora.json.amphora_stats).toEqual([
    {
      id: ids['amphora'],
      listener_id: ids['listener'],
      loadbalancer_id: ids['lb'],
      active_connections: 3,
      bytes_in: 10,
      bytes_out: 20,
      request_errors: 5,
      total_connections: 4,
    },
  ]);
  const idle = await activeListener(api, ids['lb'] ?? '', { protocol_port: 81 });
  expect((await api.get(`/listeners/${idle}/stats`)).json.stats.bytes_in).toBe(0);
});

test('the status tree has its own keys, and pools stand under the listeners that use them', async () => {
  const { loadbalancer } = (await api.get(`/loadbalancers/${ids['lb']}/statuses`)).json.statuses;
  const OWN = 'id name operating_status provisioning_status';
  expect(keys(loadbalancer)).toEqual(names(`${OWN} listeners`));
  const listener = loadbalancer.listeners.find(
    (each: { id: string }) => each.id === ids['listener'],
  );
  expect(keys(listener)).toEqual(names(`${OWN} pools`));
  expect(keys(listener.pools[0])).toEqual(names(`${OWN} health_monitor members`));
  expect(keys(listener.pools[0].health_monitor)).toEqual(names(`${OWN} type`));
  expect(keys(listener.pools[0].members[0])).toEqual(names(`${OWN} address protocol_port`));
});

test('providers are those the configuration enables', async () => {
  expect((await api.get('/providers')).json).toEqual({
    providers: [
      { name: 'amphora', description: 'The Octavia Amphora driver.' },
      { name: 'octavia', description: 'Deprecated alias of the Octavia Amphora driver.' },
    ],
  });
  expect((await api.get('/providers?fields=name')).json.providers[0]).toEqual({ name: 'amphora' });
});
