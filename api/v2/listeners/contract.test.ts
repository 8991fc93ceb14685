import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  BOOLEANS,
  integerRow,
  invalid,
  NAME_ROW,
  TAGS_ROW,
  testAttributes,
} from '../../testing/contract.ts';
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
let poolId: string;
let nextPort = 1000;
beforeAll(async () => {
  api = await startApi();
  parent = await activeLoadBalancer(api);
  own = await activeListener(api, parent);
  poolId = await activePool(api, parent);
});
beforeEach(() => api.finish());
afterAll(() => api.close());

const UNKNOWN = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
const create = (attributes: object) =>
  api.post('/listeners', {
    listener: {
      loadbalancer_id: parent,
      protocol: 'HTTP',
      protocol_port: nextPort++,
      ...attributes,
    },
  });
const TIMEOUT_MAX = 2_073_600_000;
const timeouts = (absent: boolean) =>
  Object.entries({
    timeout_client_data: 50_000,
    timeout_member_connect: 5000,
    timeout_member_data: 50_000,
    timeout_tcp_inspect: 0,
  }).map(([name, fallback]) =>
    integerRow(name, 0, TIMEOUT_MAX, {
      ...(absent ? { absent: fallback } : {}),
      whenNull: fallback,
    }),
  );
const CIDRS = {
  name: 'allowed_cidrs',
  accepts: [
    [['10.1.2.3/8'], ['10.0.0.0/8']],
    [['10.0.0.7'], ['10.0.0.7/32']],
    [[], null],
    [['10.0.0.0/8', '10.9.9.9/8'], ['10.0.0.0/8']],
  ],
  refuses: [
    [
      ['10.0.0.0/33'],
      invalid('allowed_cidrs', '10.0.0.0/33', 'Value should be IPv4 or IPv6 CIDR format'),
    ],
    [
      ['2001:db8::/32'],
      "Validation failure: CIDR 2001:db8::/32 IP version incompatible with all VIPs ['198.0.2.5'] IP version.",
    ],
  ],
  whenNull: null,
} as const;
const CIPHERS = {
  name: 'tls_ciphers',
  accepts: [['ECDHE-RSA-AES128-GCM-SHA256:!aNULL'], ['']],
  refuses: [
    [
      'AES;DES',
      'Validation failure: Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.',
    ],
  ],
} as const;

testAttributes(() => api, {
  title: 'creating a listener',
  argument: 'listener_',
  root: 'listener',
  successStatus: 201,
  send: create,
  rows: [
    { ...NAME_ROW('name'), absent: '' },
    { ...NAME_ROW('description'), absent: '' },
    { name: 'admin_state_up', accepts: BOOLEANS, absent: true, whenNull: false },
    { ...TAGS_ROW, absent: [], whenNull: [] },
    {
      name: 'protocol',
      accepts: [['TCP'], ['HTTP'], ['HTTPS'], ['UDP'], ['SCTP'], ['PROMETHEUS']],
      refuses: [
        [
          'http',
          invalid(
            'protocol',
            'http',
            'Value should be one of: TCP, HTTP, HTTPS, TERMINATED_HTTPS, UDP, SCTP, PROMETHEUS',
          ),
        ],
        [
          'TERMINATED_HTTPS',
          'Validation failure: An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.',
        ],
      ],
      nullRefused: 'None is not a valid option for protocol',
    },
    { name: 'loadbalancer_id', nullRefused: 'Load Balancer None not found.' },
    { ...integerRow('protocol_port', 1, 65_535), accepts: [['65535', 65_535], [1]] },
    { name: 'connection_limit', accepts: [[-1], [0], [100]], absent: -1, whenNull: null },
    ...timeouts(true),
    CIDRS,
    { ...CIPHERS, absent: null, whenNull: null },
    { name: 'tls_versions', accepts: [[['whatever']]], absent: null, whenNull: null },
    {
      name: 'alpn_protocols',
      accepts: [[['h2', 'http/1.1']]],
      refuses: [
        [['spdy'], invalid('alpn_protocols', 'spdy', 'Value should be a valid ALPN protocol ID')],
      ],
      absent: null,
    },
    {
      name: 'insert_headers',
      accepts: [[{ 'X-Forwarded-For': 'true' }], [{}]],
      refuses: [
        [{ 'X-Bad': 'true' }, "dict_keys(['X-Bad']) is not a valid option for insert_headers"],
        [
          { 'X-SSL-Client-CN': 'true' },
          "['X-SSL-Client-CN'] is not a valid option for HTTP protocol listener.",
        ],
        [{ 'X-Forwarded-For': 5 }, invalid('insert_headers', '5', 'Value should be string')],
      ],
      absent: {},
      whenNull: {},
    },
    {
      name: 'default_tls_container_ref',
      refuses: [
        [
          'http://barbican/1',
          'Validation failure: Certificate container references are not allowed on HTTP protocol listeners.',
        ],
      ],
      absent: null,
      whenNull: null,
    },
    { name: 'sni_container_refs', accepts: [[[]]], absent: [], whenNull: [] },
    {
      name: 'client_ca_tls_container_ref',
      refuses: [
        [
          'http://barbican/1',
          'Validation failure: An SNI or default certificate container reference must be provided with a client CA container reference.',
        ],
      ],
      absent: null,
    },
    {
      name: 'client_authentication',
      accepts: [['NONE']],
      refuses: [
        [
          'MANDATORY',
          'Validation failure: Client authentication setting MANDATORY requires a client CA container reference.',
        ],
      ],
      absent: 'NONE',
      nullRefused:
        'Validation failure: Client authentication setting None requires a client CA container reference.',
    },
    {
      name: 'client_crl_container_ref',
      refuses: [
        [
          'http://barbican/1',
          'Validation failure: A client authentication CA reference is required to specify a client authentication revocation list.',
        ],
      ],
    },
    {
      name: 'hsts_max_age',
      refuses: [
        [
          0,
          'Validation failure: The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.',
        ],
      ],
      absent: null,
      whenNull: null,
    },
    {
      name: 'hsts_preload',
      refuses: [
        [
          true,
          'Validation failure: HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.',
        ],
      ],
      absent: false,
      whenNull: false,
    },
    {
      name: 'default_pool',
      refuses: [
        [
          { name: 'x' },
          'Validation failure: default_pool and l7policies can only be given when a whole load balancer is created.',
        ],
      ],
    },
    { name: 'l7policies', accepts: [[[]]], absent: [], whenNull: [] },
    { name: 'default_pool_id', absent: null, whenNull: null },
  ],
});

testAttributes(() => api, {
  title: 'updating a listener',
  argument: 'listener_',
  root: 'listener',
  successStatus: 200,
  send: (attributes) => api.put(`/listeners/${own}`, { listener: attributes }),
  rows: [
    NAME_ROW('name'),
    NAME_ROW('description'),
    { name: 'admin_state_up', accepts: BOOLEANS, whenNull: false },
    TAGS_ROW,
    { name: 'connection_limit', accepts: [[7]], whenNull: -1 },
    ...timeouts(false),
    CIDRS,
    { ...CIPHERS, whenNull: expect.stringContaining('TLS_AES_256_GCM_SHA384:') },
    {
      name: 'tls_versions',
      accepts: [[['TLSv1.3']]],
      refuses: [
        [
          [],
          'Validation failure: Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default.',
        ],
        [['TLSv9'], 'Validation failure: Invalid TLS versions: TLSv9'],
      ],
      whenNull: ['TLSv1.2', 'TLSv1.3'],
    },
    {
      name: 'alpn_protocols',
      accepts: [[['h2']]],
      refuses: [
        [
          [],
          'Validation failure: Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default.',
        ],
      ],
      whenNull: ['h2', 'http/1.1', 'http/1.0'],
    },
    {
      name: 'insert_headers',
      accepts: [[{ 'X-Forwarded-Port': 'true' }]],
      refuses: [[{ 'X-Bad': 'y' }, "['X-Bad'] is not a valid option for insert_headers"]],
      whenNull: {},
    },
    {
      name: 'client_authentication',
      accepts: [['NONE']],
      nullRefused:
        'Validation failure: Client authentication setting None requires a client CA container reference.',
    },
    { name: 'hsts_preload', accepts: [[false]], whenNull: false },
    ...['protocol', 'protocol_port', 'loadbalancer_id', 'project_id', 'default_pool', 'id'].map(
      (name) => ({
        name,
        refuses: [[1, `Unknown attribute for argument listener_.listener: ${name}`]] as const,
      }),
    ),
  ],
});

test('a certificate that cannot be read is named as Python prints it', async () => {
  const answer = await create({
    protocol: 'TERMINATED_HTTPS',
    default_tls_container_ref: 'http://b/1',
    sni_container_refs: ['http://b/2'],
  });
  expect(answer.status).toBe(400);
  expect(answer.json.faultstring).toBe(
    "Could not retrieve certificate: ['http://b/1', 'http://b/2']",
  );
});

test('a port is taken per transport: HTTP, UDP and SCTP share one, TCP and HTTP do not', async () => {
  for (const protocol of ['HTTP', 'UDP', 'SCTP']) {
    expect((await create({ protocol, protocol_port: 90 })).status).toBe(201);
    await api.finish();
  }
  const second = await create({ protocol: 'TCP', protocol_port: 90 });
  expect(second.status).toBe(409);
  expect(second.json.faultstring).toBe(
    'Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 90',
  );
});

test('a default pool must be one of the same load balancer that the protocol can serve', async () => {
  const stranger = await activePool(api, await activeLoadBalancer(api));
  for (const id of [UNKNOWN, stranger]) {
    const answer = await create({ default_pool_id: id });
    expect(answer.status).toBe(404);
    expect(answer.json.faultstring).toBe(`Pool ${id} not found.`);
  }
  const wrong = await create({ protocol: 'UDP', default_pool_id: poolId });
  expect(wrong.json.faultstring).toBe(
    "Validation failure: The pool protocol 'HTTP' is invalid while the listener protocol is 'UDP'.",
  );
  const metrics = await create({ protocol: 'PROMETHEUS', default_pool_id: poolId });
  expect(metrics.json.faultstring).toBe('Protocol PROMETHEUS listeners cannot have child objects.');
  const fine = await create({ default_pool_id: poolId });
  expect(fine.json.listener.default_pool_id).toBe(poolId);
});

test('a UDP listener refuses headers and TLS on update', async () => {
  const udp = await activeListener(api, parent, { protocol: 'UDP', protocol_port: 53 });
  const answer = await api.put(`/listeners/${udp}`, {
    listener: { insert_headers: { 'X-Forwarded-For': 'true' } },
  });
  expect(answer.json.faultstring).toBe(
    'Validation failure: UDP protocol listener does not support TLS or header insertion.',
  );
});

test('CIDRs are refused beside security groups of the user', async () => {
  const lb = await activeLoadBalancer(api, { vip_sg_ids: [UNKNOWN] });
  const answer = await create({ loadbalancer_id: lb, allowed_cidrs: ['10.0.0.0/8'] });
  expect(answer.json.faultstring).toBe(
    'Validation failure: Allowed CIDRs are not allowed when using custom VIP Security Groups.',
  );
});

test('a listener of a pending load balancer waits, one of a deleted one finds it immutable', async () => {
  const lb = await activeLoadBalancer(api);
  await create({ loadbalancer_id: lb });
  const busy = await create({ loadbalancer_id: lb });
  expect(busy.status).toBe(409);
  expect(busy.json.faultstring).toBe(`Load Balancer ${lb} is immutable and cannot be updated.`);
  await api.finish();
  await api.delete(`/loadbalancers/${lb}?cascade=yes`);
  await api.finish();
  const gone = await create({ loadbalancer_id: lb });
  expect(gone.status).toBe(409);
  const never = await create({ loadbalancer_id: UNKNOWN });
  expect(never.status).toBe(404);
  expect(never.json.faultstring).toBe(`Load Balancer ${UNKNOWN} not found.`);
});
