import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BOOLEANS, invalid, NAME_ROW, TAGS_ROW, testAttributes } from '../../testing/contract.ts';
import {
  type Api,
  activeListener,
  activeLoadBalancer,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let parent: string;
let own: string;
let udp: string;
beforeAll(async () => {
  api = await startApi();
  parent = await activeLoadBalancer(api);
  own = await activePool(api, parent);
  udp = await activePool(api, parent, { protocol: 'UDP' });
});
beforeEach(() => api.finish());
afterAll(() => api.close());

const create = (attributes: object) =>
  api.post('/pools', {
    pool: {
      loadbalancer_id: parent,
      protocol: 'HTTP',
      lb_algorithm: 'ROUND_ROBIN',
      ...attributes,
    },
  });
const update = (attributes: object) => api.put(`/pools/${own}`, { pool: attributes });
const UNKNOWN = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
const persistence = (more: object) => ({
  cookie_name: null,
  persistence_timeout: null,
  persistence_granularity: null,
  ...more,
});
const ALGORITHMS =
  'Value should be one of: ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_IP, SOURCE_IP_PORT';
const COOKIE_PATTERN = 'Value should match the pattern ^[^\\s,;\\\\]+$';

testAttributes(() => api, {
  title: 'creating a pool',
  argument: 'pool_',
  root: 'pool',
  successStatus: 201,
  send: create,
  rows: [
    { ...NAME_ROW('name'), absent: '' },
    { ...NAME_ROW('description'), absent: '' },
    { name: 'admin_state_up', accepts: BOOLEANS, absent: true, whenNull: false },
    { ...TAGS_ROW, absent: [], whenNull: [] },
    {
      name: 'protocol',
      accepts: [['TCP'], ['HTTP'], ['HTTPS'], ['PROXY'], ['PROXYV2'], ['UDP'], ['SCTP']],
      refuses: [
        [
          'TERMINATED_HTTPS',
          invalid(
            'protocol',
            'TERMINATED_HTTPS',
            'Value should be one of: TCP, HTTP, HTTPS, PROXY, PROXYV2, UDP, SCTP',
          ),
        ],
      ],
      nullRefused: 'None is not a valid option for protocol',
    },
    {
      name: 'lb_algorithm',
      accepts: [['ROUND_ROBIN'], ['LEAST_CONNECTIONS'], ['SOURCE_IP'], ['SOURCE_IP_PORT']],
      refuses: [['RANDOM', invalid('lb_algorithm', 'RANDOM', ALGORITHMS)]],
      nullRefused: 'None is not a valid option for lb_algorithm',
    },
    {
      name: 'session_persistence',
      accepts: [
        [{ type: 'SOURCE_IP' }, persistence({ type: 'SOURCE_IP' })],
        [
          { type: 'APP_COOKIE', cookie_name: 'JSESSION' },
          persistence({ type: 'APP_COOKIE', cookie_name: 'JSESSION' }),
        ],
      ],
      refuses: [
        [{}, invalid('type', 'None', 'Mandatory field missing.')],
        [
          { type: 'APP_COOKIE' },
          'Validation failure: Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
        ],
        [
          { type: 'SOURCE_IP', cookie_name: 'a' },
          'Validation failure: Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".',
        ],
        [
          { type: 'APP_COOKIE', cookie_name: 'a=b' },
          'Validation failure: Supplied "cookie_name" is invalid.',
        ],
        [{ type: 'APP_COOKIE', cookie_name: 'a b' }, invalid('cookie_name', 'a b', COOKIE_PATTERN)],
        [
          { type: 'SOURCE_IP', persistence_timeout: 5 },
          'Validation failure: persistence_timeout and persistence_granularity is only for UDP and SCTP protocol pools.',
        ],
        [
          { type: 'SOURCE_IP', x: 1 },
          'Unknown attribute for argument pool_.pool.session_persistence: x',
        ],
      ],
      absent: null,
      whenNull: null,
    },
    { name: 'tls_enabled', accepts: BOOLEANS, absent: false, whenNull: false },
    {
      name: 'crl_container_ref',
      refuses: [
        [
          'http://b/1',
          'Validation failure: A CA certificate reference is required to specify a revocation list.',
        ],
      ],
      absent: null,
      whenNull: null,
    },
    {
      name: 'ca_tls_container_ref',
      refuses: [['http://b/1', "Could not retrieve certificate: ['http://b/1']"]],
      absent: null,
    },
    {
      name: 'tls_container_ref',
      refuses: [['http://b/1', "Could not retrieve certificate: ['http://b/1']"]],
      absent: null,
    },
    { name: 'tls_ciphers', accepts: [['AES128-SHA']], absent: null, whenNull: null },
    { name: 'tls_versions', accepts: [[['TLSv1.3']]], absent: null, whenNull: null },
    { name: 'alpn_protocols', accepts: [[['h2']]], absent: null, whenNull: null },
    {
      name: 'members',
      refuses: [
        [
          [{ address: '10.0.0.1', protocol_port: 1 }],
          'Validation failure: healthmonitor and members can only be given when a whole load balancer is created.',
        ],
      ],
      absent: [],
    },
    {
      name: 'loadbalancer_id',
      nullRefused: 'Validation failure: Must provide at least one of: loadbalancer_id, listener_id',
    },
  ],
});

testAttributes(() => api, {
  title: 'updating a pool',
  argument: 'pool_',
  root: 'pool',
  successStatus: 200,
  send: update,
  rows: [
    NAME_ROW('name'),
    NAME_ROW('description'),
    { name: 'admin_state_up', accepts: BOOLEANS, whenNull: false },
    TAGS_ROW,
    {
      name: 'lb_algorithm',
      accepts: [['SOURCE_IP']],
      nullRefused: 'None is not a valid option for lb_algorithm',
    },
    {
      name: 'tls_enabled',
      accepts: BOOLEANS,
      nullRefused: 'None is not a valid option for tls_enabled',
    },
    {
      name: 'tls_versions',
      accepts: [[['TLSv1.2']]],
      refuses: [[['SSLv9'], 'Validation failure: Invalid TLS versions: SSLv9']],
      whenNull: ['TLSv1.2', 'TLSv1.3'],
    },
    { name: 'alpn_protocols', accepts: [[['http/1.0']]], whenNull: null },
    { name: 'tls_ciphers', whenNull: expect.stringContaining('TLS_AES_256_GCM_SHA384') },
    ...['protocol', 'loadbalancer_id', 'listener_id', 'members', 'healthmonitor'].map((name) => ({
      name,
      refuses: [[1, `Unknown attribute for argument pool_.pool: ${name}`]] as const,
    })),
  ],
});

test('a session persistence is replaced whole, but keeps its type', async () => {
  await update({ session_persistence: { type: 'APP_COOKIE', cookie_name: 'a' } });
  await api.finish();
  const answer = await update({ session_persistence: { cookie_name: 'b' } });
  expect(answer.json.pool.session_persistence).toEqual(
    persistence({ type: 'APP_COOKIE', cookie_name: 'b' }),
  );
  await api.finish();
  expect((await update({ session_persistence: {} })).json.pool.session_persistence).toMatchObject({
    cookie_name: 'b',
  });
  await api.finish();
  expect((await update({ session_persistence: null })).json.pool.session_persistence).toBeNull();
  await api.finish();
  expect((await update({ session_persistence: { cookie_name: 'c' } })).json.faultstring).toBe(
    'Validation failure: Invalid session_persistence provided.',
  );
});

test('UDP pools take a timeout and a netmask, and no cookies', async () => {
  const put = (sp: object) => api.put(`/pools/${udp}`, { pool: { session_persistence: sp } });
  const fine = await put({
    type: 'SOURCE_IP',
    persistence_timeout: 60,
    persistence_granularity: '255.255.255.0',
  });
  expect(fine.status, fine.text).toBe(200);
  await api.finish();
  expect((await put({ type: 'HTTP_COOKIE' })).json.faultstring).toBe(
    'Validation failure: Session persistence of type HTTP_COOKIE is not supported for UDP/SCTP protocol pools.',
  );
  expect((await put({ type: 'APP_COOKIE', cookie_name: 'a' })).json.faultstring).toBe(
    'Validation failure: Cookie names are not supported for UDP/SCTP pools.',
  );
});

test('a pool made for a listener becomes its default, and only one can', async () => {
  const listener = await activeListener(api, parent);
  const first = await create({ listener_id: listener, loadbalancer_id: undefined });
  expect(first.status, first.text).toBe(201);
  expect(first.json.pool.listeners).toEqual([{ id: listener }]);
  const pending = await api.get(`/listeners/${listener}`);
  expect(pending.json.listener).toMatchObject({
    default_pool_id: first.json.pool.id,
    provisioning_status: 'PENDING_UPDATE',
  });
  await api.finish();
  const second = await create({ listener_id: listener });
  expect(second.status).toBe(409);
  expect(second.json.faultstring).toBe('This listener already has a default pool');
  const mismatch = await create({
    listener_id: await activeListener(api, parent, { protocol: 'UDP' }),
  });
  expect(mismatch.json.faultstring).toBe(
    "Validation failure: The pool protocol 'HTTP' is invalid while the listener protocol is 'UDP'.",
  );
  const unknown = await create({ listener_id: UNKNOWN });
  expect(unknown.status).toBe(404);
});

test('health monitor and members of a pool show as ids, the monitor only when there is one', async () => {
  const before = await api.get(`/pools/${own}`);
  expect(before.json.pool).not.toHaveProperty('healthmonitor_id');
  const monitor = await api.post('/healthmonitors', {
    healthmonitor: { pool_id: own, type: 'TCP', delay: 1, timeout: 1, max_retries: 1 },
  });
  const after = await api.get(`/pools/${own}`);
  expect(after.json.pool.healthmonitor_id).toBe(monitor.json.healthmonitor.id);
});
