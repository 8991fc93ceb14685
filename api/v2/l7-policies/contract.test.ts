import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNothingPending } from '../../testing/contract.ts';
import {
  type Api,
  activeL7Policy,
  activeListener,
  activeLoadBalancer,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let parent: string;
let listener: string;
let pool: string;
let own: string;
beforeAll(async () => {
  api = await startApi();
  parent = await activeLoadBalancer(api);
  listener = await activeListener(api, parent);
  pool = await activePool(api, parent);
  own = await activeL7Policy(api, listener);
});
beforeEach(async () => {
  await api.finish();
  await api.database.query('delete from l7_policy where id <> $1', [own]);
  await api.database.query(
    `update l7_policy set position = 1, action = 'REJECT', redirect_pool_id = null, redirect_url = null,
       redirect_prefix = null, redirect_http_code = null`,
  );
});
afterAll(() => api.close());

const create = (attributes: object) =>
  api.post('/l7policies', {
    l7policy: { listener_id: listener, action: 'REJECT', ...attributes },
  });
const update = (attributes: object) => api.put(`/l7policies/${own}`, { l7policy: attributes });
const statusOf = async (path: string, root: string) =>
  (await api.get(path)).json[root].provisioning_status;
/** As the parts of an answer that say where requests go. */
const targets = (
  action: string,
  redirect_http_code: number | null,
  rest: {
    redirect_pool_id?: string;
    redirect_url?: string;
    redirect_prefix?: string;
  } = {},
) => ({
  action,
  redirect_http_code,
  redirect_pool_id: null,
  redirect_url: null,
  redirect_prefix: null,
  ...rest,
});

const asked = async (attributes: object) => (await create(attributes)).json.l7policy;
const after = async (attributes: object) => {
  await api.finish();
  const answer = await update(attributes);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.l7policy;
};
const redirect = (id: string) => ({ action: 'REDIRECT_TO_POOL', redirect_pool_id: id });

const URL = 'https://example.org:8443/a?b=c#d';
test('an update of nothing is refused', async () => {
  const answer = await update({});
  expect(answer.status).toBe(400);
  expect(answer.json.faultstring).toBe('Invalid L7 Policy arguments: Invalid update options');
  await expectNothingPending(api);
});

test('on creation the action and the targets settle each other', async () => {
  const all = { redirect_url: URL, redirect_prefix: URL };
  expect(await asked({ redirect_url: URL, redirect_pool_id: pool })).toMatchObject(
    targets('REJECT', null),
  );
  await api.finish();
  expect(await asked({ redirect_http_code: 307 })).toMatchObject(targets('REJECT', 307));
  await api.finish();
  expect(await asked({ redirect_prefix: URL })).toMatchObject(
    targets('REDIRECT_PREFIX', 302, { redirect_prefix: URL }),
  );
  await api.finish();
  expect(
    await asked({ action: 'REDIRECT_TO_POOL', redirect_pool_id: pool, redirect_url: URL }),
  ).toMatchObject(targets('REDIRECT_TO_POOL', null, { redirect_pool_id: pool }));
  await api.finish();
  expect(await asked({ action: 'REDIRECT_TO_URL', ...all, redirect_pool_id: pool })).toMatchObject(
    targets('REDIRECT_TO_URL', 302, { redirect_url: URL }),
  );
});

test('a pool and an address at once are refused', async () => {
  for (const attributes of [
    { action: 'REDIRECT_TO_POOL', redirect_pool_id: pool, redirect_prefix: URL },
    { action: 'REDIRECT_PREFIX', redirect_pool_id: pool, redirect_prefix: URL },
  ]) {
    const answer = await create(attributes);
    expect(answer.json.faultstring).toBe(
      'Invalid L7 Policy arguments: Cannot specify redirect_pool_id and redirect_url or redirect_prefix at the same time',
    );
  }
  await expectNothingPending(api);
});

test('an update that names a target changes the action with it', async () => {
  expect(await after({ redirect_pool_id: pool })).toMatchObject(
    targets('REDIRECT_TO_POOL', null, { redirect_pool_id: pool }),
  );
  expect(await after({ redirect_url: URL, redirect_http_code: 301 })).toMatchObject(
    targets('REDIRECT_TO_URL', 301, { redirect_url: URL }),
  );
  expect(await after({ redirect_prefix: URL })).toMatchObject(
    targets('REDIRECT_PREFIX', 302, { redirect_prefix: URL }),
  );
  expect(await after({ redirect_http_code: 308 })).toMatchObject(
    targets('REDIRECT_PREFIX', 308, { redirect_prefix: URL }),
  );
  expect(await after({ action: 'REJECT' })).toMatchObject(targets('REJECT', null));
});

test('an update cannot take the only target away', async () => {
  for (const [attributes, fault] of [
    [{ redirect_pool_id: pool }, 'redirect_pool_id or redirect_pool must not be None'],
    [{ redirect_url: URL }, 'redirect_url must not be None'],
    [{ redirect_prefix: URL }, 'redirect_prefix must not be None'],
  ] as const) {
    await update(attributes);
    await api.finish();
    const [field] = Object.keys(attributes);
    const answer = await update({ [field ?? '']: null });
    expect(answer.status).toBe(400);
    expect(answer.json.faultstring).toBe(`Invalid L7 Policy arguments: ${fault}`);
    expect((await update({ name: 'still fine' })).status).toBe(200);
    await api.finish();
  }
});

test('the redirect pool must exist, fit the protocol, and be of the same load balancer', async () => {
  const other = await activePool(api, await activeLoadBalancer(api));
  const tcp = await activePool(api, parent, { protocol: 'TCP' });
  const unknown = '99999999-9999-4999-8999-999999999999';
  for (const send of [create, update]) {
    for (const id of [other, unknown]) {
      const answer = await send(redirect(id));
      expect([answer.status, answer.json.faultstring]).toEqual([404, `Pool ${id} not found.`]);
    }
    const mismatch = await send(redirect(tcp));
    expect(mismatch.json.faultstring).toBe(
      "Validation failure: The pool protocol 'TCP' is invalid while the listener protocol is 'HTTP'.",
    );
    await expectNothingPending(api);
  }
});

test('a listener that does not exist or shows metrics takes no policy', async () => {
  const unknown = '99999999-9999-4999-8999-999999999999';
  const nowhere = await create({ listener_id: unknown });
  expect([nowhere.status, nowhere.json.faultstring]).toEqual([
    404,
    `Listener ${unknown} not found.`,
  ]);
  const metrics = await activeListener(api, parent, { protocol: 'PROMETHEUS', protocol_port: 9 });
  const answer = await create({ listener_id: metrics });
  expect([answer.status, answer.json.faultstring]).toEqual([
    400,
    'Protocol PROMETHEUS listeners cannot have child objects.',
  ]);
});

test('a change locks the load balancer, the listener and the policy, and nothing else', async () => {
  expect((await update({ redirect_pool_id: pool })).json.l7policy).toMatchObject({
    provisioning_status: 'PENDING_UPDATE',
    operating_status: 'OFFLINE',
  });
  expect(await statusOf(`/loadbalancers/${parent}`, 'loadbalancer')).toBe('PENDING_UPDATE');
  expect(await statusOf(`/listeners/${listener}`, 'listener')).toBe('PENDING_UPDATE');
  expect(await statusOf(`/pools/${pool}`, 'pool')).toBe('ACTIVE');
  for (const answer of [
    await update({ name: 'late' }),
    await create({}),
    await api.delete(`/l7policies/${own}`),
  ]) {
    expect(answer.status).toBe(409);
    expect(answer.json.faultstring).toBe(
      `Load Balancer ${parent} is immutable and cannot be updated.`,
    );
  }
});

test('a policy in ERROR can be changed and deleted', async () => {
  const id = await activeL7Policy(api, listener);
  const fail = () =>
    api.database.query(`update l7_policy set provisioning_status = 'ERROR' where id = $1`, [id]);
  await fail();
  expect((await api.put(`/l7policies/${id}`, { l7policy: { name: 'x' } })).status).toBe(200);
  await api.finish();
  await fail();
  expect((await api.delete(`/l7policies/${id}`)).status).toBe(204);
  expect((await api.get(`/l7policies/${id}`)).json.l7policy.provisioning_status).toBe(
    'PENDING_DELETE',
  );
  await api.finish();
  expect((await api.get(`/l7policies/${id}`)).status).toBe(404);
});
