import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { expectNothingPending } from '../../testing/contract.ts';
import { type Api, SUBNET, startApi } from '../../testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterEach(() => api.finish());
afterAll(() => api.close());

const create = (children: object) =>
  api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, ...children } });
const pool = (name: string | undefined, more: object = {}) => ({
  name,
  protocol: 'HTTP',
  lb_algorithm: 'ROUND_ROBIN',
  ...more,
});
const listener = (port: number, more: object = {}) => ({
  protocol: 'HTTP',
  protocol_port: port,
  ...more,
});
const member = (port: number) => ({ address: '10.0.0.1', protocol_port: port });

test('two listeners share a pool that is defined in one and named in the other', async () => {
  const answer = await create({
    listeners: [
      listener(80, { default_pool: pool('shared', { members: [member(1), member(2)] }) }),
      listener(81, { default_pool: { name: 'shared' } }),
    ],
  });
  expect(answer.status, answer.text).toBe(201);
  const { listeners, pools } = answer.json.loadbalancer;
  expect(pools).toHaveLength(1);
  expect(pools[0].members).toHaveLength(2);
  for (const each of listeners) expect(each.default_pool_id).toBe(pools[0].id);
  const tree = api.provider.calls.at(-1)?.parameters[0];
  expect(tree).toMatchObject({ id: answer.json.loadbalancer.id });
});

test('a member of a pool that comes with its monitor begins offline', async () => {
  const monitor = { type: 'HTTP', delay: 1, timeout: 1, max_retries: 1 };
  const answer = await create({
    pools: [pool('a', { members: [member(1)], healthmonitor: monitor }), pool(undefined)],
  });
  const named = answer.json.loadbalancer.pools.find((each: { name: string }) => each.name === 'a');
  expect(named.members[0].operating_status).toBe('OFFLINE');
});

const refusals: readonly [string, object, number, string][] = [
  [
    'a default pool without a name',
    { listeners: [listener(80, { default_pool: pool(undefined) })] },
    400,
    'Validation failure: Pools must be named when creating a fully populated loadbalancer.',
  ],
  [
    'two pools of one name',
    { pools: [pool('a'), pool('a')] },
    400,
    'Validation failure: Pool names must be unique when creating a fully populated loadbalancer.',
  ],
  [
    'a name that leads nowhere',
    { listeners: [listener(80, { default_pool: { name: 'ghost' } })] },
    400,
    "Validation failure: Pool 'ghost' was referenced but no full definition was found.",
  ],
  [
    'a pool without protocol',
    { pools: [{ name: 'a', lb_algorithm: 'SOURCE_IP' }] },
    400,
    "Validation failure: Pool definition for 'a' missing required attribute: protocol",
  ],
  [
    'a pool without algorithm',
    { pools: [{ name: 'a', protocol: 'TCP' }] },
    400,
    "Validation failure: Pool definition for 'a' missing required attribute: lb_algorithm",
  ],
  [
    'a pool that the listener cannot serve',
    { listeners: [listener(80, { protocol: 'UDP', default_pool: pool('a') })] },
    400,
    "Validation failure: The pool protocol 'HTTP' is invalid while the listener protocol is 'UDP'.",
  ],
  [
    'a pool of another load balancer',
    { listeners: [listener(80, { default_pool_id: SUBNET })] },
    404,
    `Pool ${SUBNET} not found.`,
  ],
  [
    'a member twice',
    { pools: [pool('a', { members: [member(1), member(1)] })] },
    409,
    'Another member on this pool is already using ip 10.0.0.1 on protocol_port 1',
  ],
  [
    'a port twice',
    { listeners: [listener(80), listener(80)] },
    409,
    'Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80',
  ],
  [
    'an unknown attribute deep below',
    {
      listeners: [listener(80, { default_pool: pool('a', { members: [{ ...member(1), x: 1 }] }) })],
    },
    400,
    'Unknown attribute for argument load_balancer.loadbalancer.listeners.default_pool.members: x',
  ],
  [
    'a monitor that the pool cannot have',
    {
      pools: [
        pool('a', { healthmonitor: { type: 'UDP-CONNECT', delay: 5, timeout: 1, max_retries: 1 } }),
      ],
    },
    400,
    'Validation failure: The UDP-CONNECT type is only supported for pools of type UDP/SCTP.',
  ],
  [
    'session persistence that the pool cannot have',
    { pools: [pool('a', { session_persistence: { type: 'APP_COOKIE' } })] },
    400,
    'Validation failure: Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
  ],
];
for (const [what, children, status, text] of refusals)
  test(`${what} is refused, and nothing is left of the rest`, async () => {
    const before = await api.database.query('select from load_balancer');
    const answer = await create(children);
    expect(answer.json?.faultstring).toBe(text);
    expect(answer.status).toBe(status);
    expect((await api.database.query('select from load_balancer')).rowCount).toBe(before.rowCount);
    await expectNothingPending(api);
  });
