import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNothingPending } from '../../testing/contract.ts';
import {
  type Api,
  activeListener,
  activeLoadBalancer,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let parent: string;
let poolId: string;
let nextPort = 1000;
beforeAll(async () => {
  api = await startApi();
  parent = await activeLoadBalancer(api);
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

const REF = 'http://b/1';
const NO_REFERENCE =
  'An SNI or default certificate container reference must be provided with a client CA container reference.';
const ONLY_TERMINATED =
  'The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.';
const notOn = (protocol: string) =>
  `Certificate container references are not allowed on ${protocol} protocol listeners.`;
const needsCa = (setting: string) =>
  `Client authentication setting ${setting} requires a client CA container reference.`;

/** What rules say about attributes together, on a new listener. */
const REFUSED: readonly (readonly [attributes: object, fault: string])[] = [
  ...['TCP', 'HTTP', 'HTTPS'].flatMap((protocol) => [
    [{ protocol, default_tls_container_ref: REF }, notOn(protocol)] as const,
    [{ protocol, sni_container_refs: [REF] }, notOn(protocol)] as const,
    [{ protocol, client_ca_tls_container_ref: REF }, NO_REFERENCE] as const,
  ]),
  ...['UDP', 'SCTP'].flatMap((protocol) =>
    [
      { default_tls_container_ref: REF },
      { sni_container_refs: [REF] },
      { client_ca_tls_container_ref: REF },
    ].map(
      (attributes) =>
        [
          { protocol, ...attributes },
          `${protocol} protocol listener does not support TLS.`,
        ] as const,
    ),
  ),
  [{ client_authentication: 'OPTIONAL' }, needsCa('OPTIONAL')],
  [{ client_authentication: 'MANDATORY' }, needsCa('MANDATORY')],
  [{ client_authentication: null }, needsCa('None')],
  [
    { client_crl_container_ref: REF },
    'A client authentication CA reference is required to specify a client authentication revocation list.',
  ],
  ...['TCP', 'HTTP', 'HTTPS', 'UDP', 'SCTP', 'PROMETHEUS'].map(
    (protocol) => [{ protocol, hsts_max_age: 0 }, ONLY_TERMINATED] as const,
  ),
  ...['hsts_include_subdomains', 'hsts_preload'].map(
    (name) =>
      [
        { [name]: true },
        'HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.',
      ] as const,
  ),
];

test('what does not go together on a new listener is refused', async () => {
  for (const [attributes, fault] of REFUSED) {
    const { status, json } = await create(attributes);
    const wanted = [attributes, 400, `Validation failure: ${fault}`];
    expect([attributes, status, json?.faultstring]).toEqual(wanted);
  }
  await expectNothingPending(api);
});

test('headers go to HTTP only, and those about the client’s certificate where TLS ends', async () => {
  const insert_headers = { 'X-Forwarded-For': 'true' };
  for (const protocol of ['TCP', 'HTTPS', 'UDP', 'SCTP', 'PROMETHEUS']) {
    const { json } = await create({ protocol, insert_headers });
    const fault = `insert-headers is not a valid option for a ${protocol} protocol listener.`;
    expect(json.faultstring).toBe(fault);
  }
  const { json } = await create({
    insert_headers: { 'X-SSL-Client-CN': 'true', 'X-SSL-Issuer': '' },
  });
  expect(json.faultstring).toBe(
    "['X-SSL-Client-CN, X-SSL-Issuer'] is not a valid option for HTTP protocol listener.",
  );
});

test('TLS options of a listener without TLS are stored as they are, and stand for no defaults', async () => {
  const { listener } = (await create({ tls_versions: ['any'], alpn_protocols: ['h2'] })).json;
  expect(listener).toMatchObject({
    tls_versions: ['any'],
    alpn_protocols: ['h2'],
    tls_ciphers: null,
  });
  await api.finish();
  const plain = (await create({})).json.listener;
  expect(plain).toMatchObject({ tls_versions: null, alpn_protocols: null, tls_ciphers: null });
});

test('an update is judged together with what is stored', async () => {
  const id = await activeListener(api, parent, { protocol_port: 99 });
  for (const [attributes, fault] of [
    [{ default_tls_container_ref: REF }, notOn('HTTP')],
    [{ sni_container_refs: [REF] }, notOn('HTTP')],
    [{ client_authentication: null }, needsCa('None')],
    [{ client_authentication: 'OPTIONAL' }, needsCa('OPTIONAL')],
    [
      { client_crl_container_ref: REF },
      'A client authentication CA reference is required to specify a client authentication revocation list.',
    ],
    [
      { hsts_preload: true },
      'Cannot enable hsts_include_subdomains or hsts_preload if hsts_max_age was not set as well.',
    ],
    [{ hsts_max_age: 0 }, ONLY_TERMINATED],
  ] as const) {
    const { json } = await api.put(`/listeners/${id}`, { listener: attributes });
    expect([attributes, json?.faultstring]).toEqual([attributes, `Validation failure: ${fault}`]);
  }
  const { json } = await api.put(`/listeners/${id}`, {
    listener: { client_authentication: 'NONE', hsts_preload: false },
  });
  expect(json.listener.client_authentication).toBe('NONE');
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
