import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNothingPending } from '../../testing/contract.ts';
import {
  type Api,
  activeL7Policy,
  activeL7Rule,
  activeListener,
  activeLoadBalancer,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let parent: string;
let listener: string;
let policy: string;
let own: string;
beforeAll(async () => {
  api = await startApi();
  parent = await activeLoadBalancer(api);
  listener = await activeListener(api, parent);
  policy = await activeL7Policy(api, listener);
  own = await activeL7Rule(api, policy);
});
beforeEach(async () => {
  await api.finish();
  await api.database.query('delete from l7_rule where id <> $1', [own]);
  await api.database.query(
    `update l7_rule set type = 'HEADER', compare_type = 'STARTS_WITH', key = 'X-App', value = 'a'`,
  );
});
afterAll(() => api.close());

const RULE = { type: 'HEADER', compare_type: 'STARTS_WITH', key: 'X-App', value: 'a' };
const create = (attributes: object) =>
  api.post(`/l7policies/${policy}/rules`, { rule: { ...RULE, ...attributes } });
const update = (attributes: object) =>
  api.put(`/l7policies/${policy}/rules/${own}`, { rule: attributes });

const BAD = 'Error parsing L7Rule: ';
const COMPARISONS = 'REGEX, STARTS_WITH, ENDS_WITH, CONTAINS, EQUAL_TO';
const ALL = COMPARISONS.split(', ');
const without = (...few: string[]) => ALL.filter((comparison) => !few.includes(comparison));

/** What each type of rule takes, and what it meets otherwise; as in the contract. */
const TABLE: readonly {
  readonly type: string;
  readonly key?: string;
  readonly value: string;
  readonly comparisons: readonly string[];
  readonly otherComparison?: string;
  readonly bad: readonly (readonly [attributes: object, fault: string])[];
}[] = [
  ...['HOST_NAME', 'PATH'].map((type) => ({
    type,
    value: '/a-b.example',
    comparisons: ALL,
    bad: [
      [{ value: 'a b' }, 'Invalid characters in comparison value'],
      [{ compare_type: 'REGEX', value: '(' }, 'Unable to parse regular expression: '],
      [{ compare_type: 'REGEX', value: '[' }, 'Unable to parse regular expression: '],
    ] as const,
  })),
  {
    type: 'FILE_TYPE',
    value: 'png',
    comparisons: ['REGEX', 'EQUAL_TO'],
    otherComparison: 'Invalid L7 Rule: invalid comparison type for rule type',
    bad: [[{ value: 'p g' }, 'Invalid characters in comparison value']],
  },
  {
    type: 'COOKIE',
    key: 'session',
    value: 'a=b',
    comparisons: ALL,
    bad: [
      [{ value: 'a;b' }, 'Invalid characters in cookie value'],
      [{ value: 'a"b' }, 'Invalid characters in cookie value'],
      [{ value: 'a\\b' }, 'Invalid characters in cookie value'],
      [{ key: null }, 'Invalid L7 Rule: L7 rule type requires a key'],
      [{ key: 'a b' }, 'Invalid characters in key'],
    ],
  },
  {
    type: 'SSL_CONN_HAS_CERT',
    value: 'tRue',
    comparisons: ['EQUAL_TO'],
    otherComparison:
      'Invalid L7 Rule: L7rule type SSL_CONN_HAS_CERT only supports the EQUAL_TO compare type.',
    bad: [
      [{ value: 'yes' }, 'Invalid L7 Rule: L7rule value yes is not a boolean True string.'],
      [
        { key: 'k' },
        'Invalid L7 Rule: L7rule type SSL_CONN_HAS_CERT does not use the "key" field.',
      ],
    ],
  },
  {
    type: 'SSL_VERIFY_RESULT',
    value: '10',
    comparisons: ['EQUAL_TO'],
    otherComparison:
      'Invalid L7 Rule: L7rule type SSL_VERIFY_RESULT only supports the EQUAL_TO compare type.',
    bad: [
      [
        { value: '-1' },
        'Invalid L7 Rule: L7rule type SSL_VERIFY_RESULT needs a int value, which is >= 0',
      ],
      [
        { value: '1.5' },
        'Invalid L7 Rule: L7rule type SSL_VERIFY_RESULT needs a int value, which is >= 0',
      ],
      [
        { key: 'k' },
        'Invalid L7 Rule: L7rule type SSL_VERIFY_RESULT does not use the "key" field.',
      ],
    ],
  },
  {
    type: 'SSL_DN_FIELD',
    key: 'st-1',
    value: 'any thing é',
    comparisons: ALL,
    bad: [
      [
        { key: null },
        'Invalid L7 Rule: L7rule type SSL_DN_FIELD needs to specify a key and a value.',
      ],
      [{ key: '1st' }, 'Invalid L7 Rule: Invalid L7rule distinguished name field.'],
      [{ key: 's_t' }, 'Invalid L7 Rule: Invalid L7rule distinguished name field.'],
      [{ compare_type: 'REGEX', value: '(' }, 'Unable to parse regular expression: '],
    ],
  },
];

describe.each(TABLE)('a rule of type $type', (row) => {
  const wanted = (attributes: object) => ({
    type: row.type,
    compare_type: row.comparisons.at(-1),
    key: row.key ?? null,
    value: row.value,
    ...attributes,
  });

  test.each(row.comparisons)('compares by %s', async (compare_type) => {
    const made = await create(wanted({ compare_type }));
    expect(made.status, made.text).toBe(201);
    await api.finish();
    const changed = await update(wanted({ compare_type }));
    expect(changed.json.rule, changed.text).toMatchObject(wanted({ compare_type }));
  });

  test.each(without(...row.comparisons))('does not compare by %s', async (compare_type) => {
    for (const send of [create, update]) {
      const answer = await send(wanted({ compare_type }));
      expect(answer.json.faultstring).toBe(`${BAD}${row.otherComparison}`);
    }
  });

  test.each(row.bad)('refuses %j', async (attributes, fault) => {
    for (const send of [create, update]) {
      const answer = await send(wanted(attributes));
      expect(answer.status).toBe(400);
      expect(answer.json.faultstring.startsWith(`${BAD}${fault}`), answer.text).toBe(true);
      if (!fault.endsWith(': ')) expect(answer.json.faultstring).toBe(`${BAD}${fault}`);
    }
    await expectNothingPending(api);
  });
});

test('an update is judged together with what is stored', async () => {
  const answer = await update({ type: 'SSL_DN_FIELD', key: 'X_App' });
  expect(answer.json.faultstring).toBe(
    `${BAD}Invalid L7 Rule: Invalid L7rule distinguished name field.`,
  );
  expect((await update({ value: '(' })).status).toBe(200);
  await api.finish();
  expect((await update({ compare_type: 'REGEX' })).json.faultstring).toMatch(
    /Unable to parse regular expression: \S/,
  );
});

test('a key that the type does not use is kept on creation and dropped on update', async () => {
  const made = await create({ type: 'PATH', key: 'unused' });
  expect(made.json.rule.key).toBe('unused');
  await api.finish();
  expect((await update({ type: 'HOST_NAME' })).json.rule.key).toBeNull();
});

test('a policy takes fifty rules', async () => {
  const full = await activeL7Policy(api, listener);
  await api.database.query(
    `insert into l7_rule (id, project_id, l7_policy_id, is_enabled, provisioning_status, operating_status, type,
       compare_type, value)
     select gen_random_uuid(), 'p', $1, true, 'ACTIVE', 'ONLINE', 'PATH', 'EQUAL_TO', '/' || n
     from generate_series(1, 49) n`,
    [full],
  );
  await activeL7Rule(api, full);
  const answer = await api.post(`/l7policies/${full}/rules`, { rule: RULE });
  expect([answer.status, answer.json.faultstring]).toEqual([
    409,
    `Too many rules on L7 policy ${full}`,
  ]);
});

test('rules need their policy: a missing one is the router’s fault, a foreign one hides the rule', async () => {
  const unknown = '99999999-9999-4999-8999-999999999999';
  for (const answer of [
    await api.get(`/l7policies/${unknown}/rules`),
    await api.post(`/l7policies/${unknown}/rules`, { rule: RULE }),
    await api.get(`/l7policies/${unknown}/rules/${own}`),
  ]) {
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      code: 404,
      title: 'Bad Request',
      description: `L7Policy ${unknown} not found.`,
    });
  }
  const other = await activeL7Policy(api, listener);
  const path = `/l7policies/${other}/rules/${own}`;
  for (const answer of [
    await api.get(path),
    await api.put(path, { rule: { value: 'b' } }),
    await api.delete(path),
  ])
    expect([answer.status, answer.json.faultstring]).toEqual([404, `L7 Rule ${own} not found.`]);
});

test('a change locks the load balancer, the listener and the policy; a busy policy is named first', async () => {
  expect((await update({ value: 'b' })).json.rule).toMatchObject({
    value: 'b',
    provisioning_status: 'PENDING_UPDATE',
  });
  const listened = (await api.get(`/listeners/${listener}`)).json.listener;
  const policed = (await api.get(`/l7policies/${policy}`)).json.l7policy;
  expect([listened, policed].map((each) => each.provisioning_status)).toEqual([
    'PENDING_UPDATE',
    'PENDING_UPDATE',
  ]);
  const path = `/l7policies/${policy}/rules/${own}`;
  for (const answer of [await create({}), await update({}), await api.delete(path)])
    expect([answer.status, answer.json.faultstring]).toEqual([
      409,
      `L7Policy ${policy} is immutable and cannot be updated.`,
    ]);
  await api.finish();
  await api.database.query(
    `update load_balancer set provisioning_status = 'PENDING_UPDATE' where id = $1`,
    [parent],
  );
  expect((await create({})).json.faultstring).toBe(
    `Load Balancer ${parent} is immutable and cannot be updated.`,
  );
});

test('a policy in ERROR refuses its rules, a rule in ERROR can be changed and deleted', async () => {
  const fail = (table: string, id: string) =>
    api.database.query(`update ${table} set provisioning_status = 'ERROR' where id = $1`, [id]);
  await fail('l7_policy', policy);
  expect((await create({})).status).toBe(409);
  await api.finish();
  await fail('l7_rule', own);
  expect((await update({ value: 'c' })).status).toBe(200);
  await api.finish();
  const made = await create({});
  await api.finish();
  const id = made.json.rule.id;
  await fail('l7_rule', id);
  expect((await api.delete(`/l7policies/${policy}/rules/${id}`)).status).toBe(204);
  await api.finish();
  expect((await api.get(`/l7policies/${policy}/rules/${id}`)).status).toBe(404);
});
