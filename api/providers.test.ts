import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { ProviderDriver } from '#core/ports/provider.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { expectNothingPending } from './testing/contract.ts';
import { type Api, activeLoadBalancer, SUBNET, startApi } from './testing/harness.ts';
import { testProvider } from './testing/in-memory-provider.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi();
  id = await activeLoadBalancer(api);
});
afterEach(() => {
  api.provider.fault = null;
});
afterAll(() => api.close());

const createPool = (on: Api = api, parent = id) =>
  on.post('/pools', {
    pool: { loadbalancer_id: parent, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' },
  });
const create = (on: Api, attributes: object = {}) =>
  on.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, ...attributes } });

const faults: readonly [string, Error, number, string][] = [
  ['an error', new Error('boom'), 500, "Provider 'amphora' reports error: boom"],
  [
    'an unsupported option',
    new OctaviaError(ErrorCode.ProviderUnsupportedOption, 'no such thing'),
    501,
    "Provider 'amphora' does not support a requested option: no such thing",
  ],
  [
    'an unsupported action',
    new OctaviaError(ErrorCode.ProviderUnsupportedAction, 'not today'),
    501,
    "Provider 'amphora' does not support a requested action: not today",
  ],
  [
    'a conflict',
    new OctaviaError(ErrorCode.Conflict, '10.0.0.5 is taken'),
    409,
    'The VIP IP address is already in use: 10.0.0.5 is taken',
  ],
  [
    'that a service behind it is away',
    new DriverFailure('connect ECONNREFUSED 192.0.2.1:9696', { retryable: true }),
    503,
    'A service that Octavia needs is unavailable. Please try again.',
  ],
  [
    'something not found',
    new OctaviaError(ErrorCode.NotFound, 'gone'),
    500,
    "Provider 'amphora' reports error: gone",
  ],
];
for (const [what, fault, status, text] of faults)
  test(`a driver that throws ${what} is answered ${status}, and nothing is written`, async () => {
    api.provider.fault = fault;
    const answer = await createPool();
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({
      faultcode: status < 500 ? 'Client' : 'Server',
      faultstring: text,
      debuginfo: null,
    });
    await expectNothingPending(api);
    expect((await api.get('/pools')).json.pools).toEqual([]);
  });

test('a driver that fails the creation of a load balancer gives its VIP port back', async () => {
  api.provider.ports.clear();
  api.provider.fault = new Error('boom');
  expect((await create(api)).status).toBe(500);
  expect(api.provider.ports.size).toBe(0);
});

test('a driver without a method is answered 501 with the words of the original', async () => {
  const bare: ProviderDriver = { name: 'amphora' };
  const other = await startApi('', {
    providers: {
      enabled: { amphora: '' },
      drivers: new Map([['amphora', bare]]),
      callTimeoutMs: 1000,
    },
    network: {
      ...api.context.network,
      allocateVip: async (_id, _project, vip, additionalVips) => ({
        vip: { ...vip, address: '10.0.0.3', isOctaviaOwned: true },
        additionalVips,
      }),
    },
  });
  const answer = await create(other);
  expect(answer.status).toBe(501);
  expect(answer.json.faultstring).toBe(
    "Provider 'amphora' does not support a requested action: This provider does not support creating load balancers.",
  );
  await other.close();
});

test('a driver that hangs is cut off, and cannot write afterwards', async () => {
  let late: Transaction | undefined;
  const hanging = testProvider();
  hanging.poolCreate = async (_pool, call) => {
    late = call.tx;
    await new Promise(() => {});
  };
  const other = await startApi('', {
    providers: {
      enabled: { amphora: '' },
      drivers: new Map([['amphora', hanging]]),
      callTimeoutMs: 50,
    },
  });
  const parent = await activeLoadBalancer(other);
  const answer = await createPool(other, parent);
  expect(answer.status).toBe(500);
  expect(answer.json.faultstring).toBe(
    "Provider 'amphora' reports error: the driver did not answer within 50 ms",
  );
  await expect(late?.query('select 1')).rejects.toThrow('is over');
  await expectNothingPending(other);
  await other.close();
});

test('a provider that is enabled but could not be loaded is a 501, a disabled one a 400, for old objects too', async () => {
  const other = await startApi(
    '[api_settings]\nenabled_provider_drivers = amphora: ours, ghost: none\n',
  );
  const ghost = await create(other, { provider: 'ghost' });
  expect(ghost.status).toBe(501);
  expect(ghost.json.faultstring).toBe("Provider 'ghost' was not found.");
  const parent = await activeLoadBalancer(other);
  await other.database.query(`update load_balancer set provider = 'gone' where id = $1`, [parent]);
  const old = await createPool(other, parent);
  expect(old.status).toBe(400);
  expect(old.json.faultstring).toBe("Provider 'gone' is not enabled.");
  await other.close();
});

test('updates hand the driver only what was sent, beside the object as it was', async () => {
  api.provider.calls.length = 0;
  await api.put(`/loadbalancers/${id}`, { loadbalancer: { name: 'new', description: null } });
  const [old, changes] = api.provider.calls[0]?.parameters ?? [];
  expect(old).toMatchObject({ id, name: 'web', provisioningStatus: 'ACTIVE' });
  expect(changes).toEqual({ name: 'new', description: null });
  await api.finish();
});

test('an update of nothing but tags is no empty one to the driver, whatever it is of', async () => {
  const rules = [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/x' }];
  const pool = {
    name: 'p',
    protocol: 'HTTP',
    lb_algorithm: 'ROUND_ROBIN',
    members: [{ address: '192.0.2.9', protocol_port: 80 }],
    healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 },
  };
  const policy = { action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'p' }, rules };
  const listeners = [
    { protocol: 'HTTP', protocol_port: 80, default_pool: pool, l7policies: [policy] },
  ];
  const { loadbalancer } = (await create(api, { listeners })).json;
  await api.finish();
  const [listener] = loadbalancer.listeners;
  const [l7policy] = listener.l7policies;
  const [{ id: poolId, members, healthmonitor }] = loadbalancer.pools;
  const paths = {
    loadbalancer: `/loadbalancers/${loadbalancer.id}`,
    listener: `/listeners/${listener.id}`,
    pool: `/pools/${poolId}`,
    member: `/pools/${poolId}/members/${members[0].id}`,
    healthmonitor: `/healthmonitors/${healthmonitor.id}`,
    l7policy: `/l7policies/${l7policy.id}`,
    rule: `/l7policies/${l7policy.id}/rules/${l7policy.rules[0].id}`,
  };
  for (const [root, path] of Object.entries(paths)) {
    api.provider.calls.length = 0;
    const answer = await api.put(path, { [root]: { tags: ['blue'] } });
    expect([root, answer.status, answer.json[root].tags]).toEqual([root, 200, ['blue']]);
    const [call] = api.provider.calls;
    expect([call?.action, call?.parameters[1]]).toEqual([
      expect.stringMatching(/Update$/),
      expect.objectContaining({ tags: ['blue'] }),
    ]);
    await api.finish();
  }
});
