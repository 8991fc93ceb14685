import { newMonitorRows, withVersion } from './health-monitor.ts';
import { int } from './kinds.ts';
import { object } from './list-kinds.ts';
import { composeListener } from './listener.ts';
import { newListenerRows } from './listener-rows.ts';
import { newMemberRows } from './member.ts';
import { policy, rule } from './nested-l7.ts';
import { type Nested, nothing, owned, POOL, pathOf, replaced, tableOf } from './nested-table.ts';
import { composePool } from './pool.ts';
import { newPoolRows } from './pool-rows.ts';
import { failure } from './shared-rows.ts';
import { type Refused, type Row, refused, shown, type Table } from './table.ts';
import { type ContractWorld, UNKNOWN } from './world.ts';

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

export function nestedTables(w: ContractWorld): readonly Table[] {
  return [listener(w), pool(w), member, monitor, policy, rule].map((nested) => tableOf(w, nested));
}
