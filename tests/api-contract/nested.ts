import { SUBNET } from '../../api/testing/harness.ts';
import { createBody } from '../../api/v2/load-balancers/schema.ts';
import { newMonitorRows, withVersion } from './health-monitor.ts';
import { int, object, objects, text } from './kinds.ts';
import { positions, sharedPolicyRows, withAction } from './l7-policy.ts';
import { sharedRuleRows } from './l7-rule.ts';
import { composeListener, newListenerRows } from './listener.ts';
import { newMemberRows } from './member.ts';
import { composePool, newPoolRows } from './pool.ts';
import { failure } from './shared-rows.ts';
import { attributesIn, type Refused, type Row, refused, shown, type Table } from './table.ts';
import { type ContractWorld, UNKNOWN } from './world.ts';

// The children of a fully-populated load balancer, each with what differs from its own POST.

type Attributes = Readonly<Record<string, unknown>>;
interface Nested {
  readonly words: string;
  /** From the load balancer down. */
  readonly path: readonly string[];
  readonly rows: readonly Row[];
  readonly unknown: readonly string[];
  /** The attributes of the load balancer around it. */
  around(attributes: Attributes): object;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  find(loadBalancer: any): Attributes;
}

function tableOf(w: ContractWorld, nested: Nested): Table {
  return {
    title: `creating a load balancer with ${nested.words}`,
    argument: 'load_balancer',
    root: 'loadbalancer',
    path: pathOf(nested.path),
    successStatus: 201,
    attributes: attributesIn(createBody.schema, 'loadbalancer', ...nested.path),
    rows: nested.rows,
    unknown: nested.unknown,
    compose: (attributes) => ({
      loadbalancer: { vip_subnet_id: SUBNET, ...nested.around(attributes) },
    }),
    send: (body) => w.api.post('/loadbalancers', body),
    find: ({ json }) => nested.find(json.loadbalancer),
    reset: () => w.settle('load_balancer'),
  };
}

const pathOf = (path: readonly string[]) => ['load_balancer.loadbalancer', ...path].join('.');
const replaced = (rows: readonly Row[], ...others: readonly Row[]): readonly Row[] => [
  ...rows.filter((row) => others.every(({ name }) => name !== row.name)),
  ...others,
];
/** Of lists of children, which have tables of their own. */
const nothing = { kind: objects, absent: shown([]), whenNull: shown([]) };

const POOL = { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' };
const owned = ['id', 'project_id', 'tenant_id'];

function listener(w: ContractWorld): Nested {
  const rows = newListenerRows(w);
  const pools = rows.filter((row) => row.name === 'default_pool_id');
  return {
    words: 'a listener',
    path: ['listeners'],
    rows: replaced(
      rows,
      ...pools.map(
        (row): Row => ({
          ...row,
          accepts: [],
          refuses: [w.pool, UNKNOWN].map((id): Refused => [id, `Pool ${id} not found.`, 404]),
        }),
      ),
      {
        name: 'hsts_max_age',
        kind: int(-2_147_483_648),
        absent: shown(null),
        whenNull: shown(null),
      },
      {
        name: 'default_pool',
        kind: object,
        accepts: [[POOL, true]],
        absent: shown(false),
        whenNull: shown(false),
        shownBy: ({ default_pool_id }) => default_pool_id !== null,
      },
      { name: 'l7policies', ...nothing },
    ),
    unknown: [...owned, 'loadbalancer_id'],
    around: (attributes) => ({ listeners: [composeListener(attributes)] }),
    find: ({ listeners }) => listeners[0],
  };
}

const missing = (name: string) =>
  refused(failure(`Pool definition for 'p' missing required attribute: ${name}`));

function pool(w: ContractWorld): Nested {
  const rows = newPoolRows(w, pathOf(['pools']));
  return {
    words: 'a pool',
    path: ['pools'],
    rows: [
      ...rows.map((row) =>
        row.name === 'protocol' || row.name === 'lb_algorithm'
          ? { ...row, absent: missing(row.name), whenNull: missing(row.name) }
          : row,
      ),
      {
        name: 'healthmonitor',
        kind: object,
        absent: shown(null),
        whenNull: shown(null),
      },
      { name: 'members', ...nothing },
    ],
    unknown: [...owned, 'loadbalancer_id', 'listener_id'],
    around: (attributes) => ({ pools: [{ name: 'p', ...composePool(attributes) }] }),
    find: ({ pools }) => pools[0],
  };
}

/** The network service is not asked about subnets here. */
const member: Nested = {
  words: 'a member',
  path: ['pools', 'members'],
  rows: newMemberRows.map((row) => (row.name === 'subnet_id' ? { ...row, refuses: [] } : row)),
  unknown: [...owned, 'vnic_type'],
  around: (attributes) => ({
    pools: [{ ...POOL, members: [{ address: '10.0.0.10', protocol_port: 80, ...attributes }] }],
  }),
  find: ({ pools }) => pools[0].members[0],
};

const monitor: Nested = {
  words: 'a health monitor',
  path: ['pools', 'healthmonitor'],
  rows: newMonitorRows,
  unknown: [...owned, 'pool_id'],
  around: (attributes) => ({
    pools: [
      {
        ...POOL,
        healthmonitor: {
          type: 'HTTP',
          delay: 5,
          timeout: 3,
          max_retries: 2,
          ...withVersion(attributes),
          ...attributes,
        },
      },
    ],
  }),
  find: ({ pools }) => pools[0].healthmonitor,
};

const LISTENER = { protocol: 'HTTP', protocol_port: 80 };
const policies = (l7policies: readonly object[]) => ({ listeners: [{ ...LISTENER, l7policies }] });

const policy: Nested = {
  words: 'an L7 policy',
  path: ['listeners', 'l7policies'],
  rows: [
    ...sharedPolicyRows('create'),
    { ...positions(1), absent: shown(1), whenNull: shown(1) },
    {
      name: 'redirect_pool',
      kind: object,
      accepts: [[POOL, true]],
      absent: refused(
        'Invalid L7 Policy arguments: redirect_pool_id or redirect_pool must not be None',
      ),
      whenNull: refused(
        'Invalid L7 Policy arguments: redirect_pool_id or redirect_pool must not be None',
      ),
      shownBy: ({ redirect_pool_id }) => redirect_pool_id !== null,
    },
    { name: 'rules', ...nothing },
  ],
  unknown: [...owned, 'listener_id', 'redirect_pool_id'],
  around: (attributes) =>
    policies([
      {
        ...withAction(attributes),
        ...('redirect_pool' in attributes ? { action: 'REDIRECT_TO_POOL' } : {}),
        ...attributes,
      },
    ]),
  find: ({ listeners }) => listeners[0].l7policies[0],
};

/** Line breaks are no matter of shape here, but of characters. */
function ruleRow(row: Row): Row {
  if (row.name !== 'key' && row.name !== 'value') return row;
  const what = row.name === 'key' ? 'key' : 'header value';
  const breaks = ['a\nb', 'a\rb', '\n'].map(
    (sent): Refused => [sent, `Error parsing L7Rule: Invalid characters in ${what}`],
  );
  return {
    ...row,
    kind: { accepts: row.kind.accepts, refuses: text(255).refuses },
    refuses: [...(row.refuses ?? []), ...breaks],
  };
}

const rule: Nested = {
  words: 'an L7 rule',
  path: ['listeners', 'l7policies', 'rules'],
  rows: sharedRuleRows('create').map(ruleRow),
  unknown: [...owned, 'l7policy_id'],
  around(attributes) {
    const own = { type: 'HEADER', compare_type: 'STARTS_WITH', key: 'X-App', value: 'a' };
    return policies([{ action: 'REJECT', rules: [{ ...own, ...attributes }] }]);
  },
  find: ({ listeners }) => listeners[0].l7policies[0].rules[0],
};

export function nestedTables(w: ContractWorld): readonly Table[] {
  return [listener(w), pool(w), member, monitor, policy, rule].map((nested) => tableOf(w, nested));
}
