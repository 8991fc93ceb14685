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
const sp = (more: object) => ({ session_persistence: { type: 'SOURCE_IP', ...more } });

test('what does not go together in a pool is refused, on creation and on update', async () => {
  const CRL = { crl_container_ref: 'http://b/1' };
  const cookie = 'Field "cookie_name" can only be specified with session persistence of type';
  const timeout = 'persistence_timeout and persistence_granularity is only for';
  for (const [attributes, onCreate, onUpdate = onCreate] of [
    [
      CRL,
      'A CA certificate reference is required to specify a revocation list.',
      'A CA reference is required to specify a certificate revocation list.',
    ],
    [sp({ cookie_name: 'a' }), `${cookie} "APP_COOKIE".`],
    [
      sp({ persistence_timeout: 5 }),
      `${timeout} UDP and SCTP protocol pools.`,
      `${timeout} UDP protocol pools.`,
    ],
    [
      sp({ persistence_granularity: '255.0.0.0' }),
      `${timeout} UDP and SCTP protocol pools.`,
      `${timeout} UDP protocol pools.`,
    ],
  ] as const) {
    const made = await create(attributes);
    expect([400, made.json.faultstring]).toEqual([made.status, `Validation failure: ${onCreate}`]);
    const changed = await update(attributes);
    expect(changed.json.faultstring).toBe(`Validation failure: ${onUpdate}`);
  }
  await expectNothingPending(api);
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
  expect((await put({ type: 'SOURCE_IP', cookie_name: 'a' })).json.faultstring).toBe(
    'Validation failure: session_persistence SOURCE_IP type for UDP and SCTP protocols only accepts: type, persistence_timeout, persistence_granularity.',
  );
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
