import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { noAuth } from '../../auth/none.ts';
import { expectNothingPending } from '../../testing/contract.ts';
import { type Api, PROJECT, SUBNET, startApi } from '../../testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi('[quotas]\ndefault_l7policy_quota = 4\ndefault_l7rule_quota = 60\n', {
    auth: { ...noAuth(null), isQuotaEnforced: true },
  });
});
afterEach(async () => {
  await api.finish();
  await api.database.query('delete from load_balancer');
  await api.database.query('delete from quota');
});
afterAll(() => api.close());

const create = (children: object) =>
  api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, ...children } });
const pool = (name: string, more: object = {}) => ({
  name,
  protocol: 'HTTP',
  lb_algorithm: 'ROUND_ROBIN',
  ...more,
});
const listener = (l7policies: readonly object[], more: object = {}) => ({
  protocol: 'HTTP',
  protocol_port: 80,
  l7policies,
  ...more,
});
const toPool = (redirect_pool: object, more: object = {}) => ({
  action: 'REDIRECT_TO_POOL',
  redirect_pool,
  ...more,
});
const path = (value: string) => ({ type: 'PATH', compare_type: 'STARTS_WITH', value });
const reject = (name: string, position?: number) => ({ action: 'REJECT', name, position });

interface Named {
  readonly id: string;
  readonly name: string;
  readonly position: number;
}

test('policies come with their rules and pools, wherever in the request the pools are defined', async () => {
  const answer = await create({
    pools: [pool('listed')],
    listeners: [
      listener(
        [
          toPool({ name: 'listed' }, { name: 'a', rules: [path('/a'), path('/aa')] }),
          toPool(pool('inline', { members: [{ address: '10.0.0.1', protocol_port: 1 }] }), {
            name: 'b',
            rules: [path('/b')],
          }),
          { action: 'REDIRECT_TO_URL', redirect_url: 'http://a/', name: 'c' },
        ],
        { default_pool: { name: 'inline' } },
      ),
    ],
  });
  expect(answer.status, answer.text).toBe(201);
  const { pools, listeners } = answer.json.loadbalancer;
  const idOf = (name: string) => pools.find((each: Named) => each.name === name)?.id;
  expect(pools).toHaveLength(2);
  const [a, b, c] = listeners[0].l7policies;
  expect([a, b, c].map((policy: Named) => [policy.name, policy.position])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  expect(a).toMatchObject({
    listener_id: listeners[0].id,
    redirect_pool_id: idOf('listed'),
    provisioning_status: 'PENDING_CREATE',
    operating_status: 'OFFLINE',
  });
  expect(a.rules.map((rule: { value: string }) => rule.value).toSorted()).toEqual(['/a', '/aa']);
  expect(b.redirect_pool_id).toBe(idOf('inline'));
  expect(c).toMatchObject({ redirect_http_code: 302, rules: [] });
  for (const each of pools) expect(each.listeners).toEqual([{ id: listeners[0].id }]);
  const tree = api.provider.calls.at(-1)?.parameters[0];
  expect(tree).toMatchObject({ listeners: [{ l7Policies: [{ rules: [{}, {}] }, {}, {}] }] });
});

test('an explicit position takes its place among those before it in the request', async () => {
  const answer = await create({
    listeners: [listener([reject('a'), reject('b'), reject('first', 1), reject('second', 2)])],
  });
  expect(
    answer.json.loadbalancer.listeners[0].l7policies.map((policy: Named) => policy.name),
  ).toEqual(['first', 'second', 'a', 'b']);
});

const TOO_MANY = Array.from({ length: 51 }, (_, index) => path(`/${index}`));
const refusals: readonly [string, object, number, RegExp][] = [
  [
    'a redirect pool without a name',
    { listeners: [listener([toPool({ protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' })])] },
    400,
    /^Validation failure: Pools must be named when creating a fully populated loadbalancer\.$/,
  ],
  [
    'a redirect pool that is defined nowhere',
    { listeners: [listener([toPool({ name: 'ghost' })])] },
    400,
    /^Validation failure: Pool 'ghost' was referenced but no full definition was found\.$/,
  ],
  [
    'a redirect pool defined twice',
    { pools: [pool('a')], listeners: [listener([toPool(pool('a'))])] },
    400,
    /^Validation failure: Pool names must be unique when creating a fully populated loadbalancer\.$/,
  ],
  [
    'a redirect without a pool',
    { listeners: [listener([{ action: 'REDIRECT_TO_POOL' }])] },
    400,
    /^Invalid L7 Policy arguments: redirect_pool_id or redirect_pool must not be None$/,
  ],
  [
    'a pool by id',
    { listeners: [listener([{ action: 'REDIRECT_TO_POOL', redirect_pool_id: SUBNET }])] },
    400,
    /^Unknown attribute for argument load_balancer\.loadbalancer\.listeners\.l7policies: redirect_pool_id$/,
  ],
  [
    'a redirect pool that the listener cannot serve',
    { listeners: [listener([toPool(pool('a', { protocol: 'UDP' }))])] },
    400,
    /^Validation failure: The pool protocol 'UDP' is invalid while the listener protocol is 'HTTP'\.$/,
  ],
  [
    'policies on a listener that shows metrics',
    { listeners: [listener([{ action: 'REJECT' }], { protocol: 'PROMETHEUS' })] },
    400,
    /^Protocol PROMETHEUS listeners cannot have child objects\.$/,
  ],
  [
    'a rule that cannot be applied',
    { listeners: [listener([{ action: 'REJECT', rules: [{ ...path('a'), value: 'a b' }] }])] },
    400,
    /^Error parsing L7Rule: Invalid characters in comparison value$/,
  ],
  [
    'a rule with a line break',
    { listeners: [listener([{ action: 'REJECT', rules: [path('a\nb')] }])] },
    400,
    /^Error parsing L7Rule: Invalid characters in comparison value$/,
  ],
  ...(['EQUAL_TO', 'REGEX'] as const).map((compare_type): (typeof refusals)[number] => [
    `a rule on certificates with a line break (${compare_type})`,
    {
      listeners: [
        listener([
          {
            action: 'REJECT',
            rules: [
              { type: 'SSL_DN_FIELD', key: 'CN', compare_type, value: 'a\nhttp-request deny' },
            ],
          },
        ]),
      ],
    },
    400,
    /^Error parsing L7Rule: Invalid characters in distinguished name value$/,
  ]),
  [
    'more rules than a policy takes',
    { listeners: [listener([{ action: 'REJECT', rules: TOO_MANY }])] },
    409,
    /^Too many rules on L7 policy [0-9a-f-]{36}$/,
  ],
  [
    'more policies than the quota',
    { listeners: [listener(Array.from({ length: 5 }, () => ({ action: 'REJECT' })))] },
    403,
    /^Quota has been met for resources: L7 Policy$/,
  ],
  [
    'more rules than the quota',
    {
      listeners: [
        listener([
          { action: 'REJECT', rules: TOO_MANY.slice(0, 31) },
          { action: 'REJECT', rules: TOO_MANY.slice(0, 31) },
        ]),
      ],
    },
    403,
    /^Quota has been met for resources: L7 Rule$/,
  ],
];
for (const [what, children, status, fault] of refusals)
  test(`${what} is refused, and nothing is left of the rest`, async () => {
    const answer = await create(children);
    expect(answer.json?.faultstring).toMatch(fault);
    expect(answer.status).toBe(status);
    expect((await api.database.query('select from load_balancer')).rowCount).toBe(0);
    expect((await api.database.query('select from quota')).rowCount).toBe(0);
    await expectNothingPending(api);
  });

test('policies and rules of a whole load balancer count in the quota', async () => {
  await create({
    listeners: [listener([{ action: 'REJECT', rules: [path('/a'), path('/b')] }])],
  });
  const used = await api.database.query(
    'select l7_policy_in_use as policies, l7_rule_in_use as rules from quota where project_id = $1',
    [PROJECT],
  );
  expect(used.rows).toEqual([{ policies: 1, rules: 2 }]);
});
