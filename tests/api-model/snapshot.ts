import type { Database } from '#core/db/pool.ts';
import { PROJECTS } from './client.ts';
import { unnamedId } from './commands/members.ts';
import { COUNTED, type Counted, inUse, type Kind, type State } from './state.ts';

const STATUSES = 'provisioning_status as provisioning, operating_status as operating';

/** Each table, with the names and the fields of the model. */
const TABLES: Readonly<Record<Kind, string>> = {
  loadBalancer: `select id, project_id as project, name, ${STATUSES},
    case provisioning_status when 'DELETED' then null else flavor_id end as flavor from load_balancer`,
  listener: `select id, load_balancer_id as "loadBalancer", protocol, protocol_port as port, name,
    default_pool_id as "defaultPool", ${STATUSES} from listener`,
  pool: `select id, load_balancer_id as "loadBalancer", name, ${STATUSES} from pool`,
  member: `select id, pool_id as pool, protocol_port as port, weight, ${STATUSES} from member`,
  monitor: `select id, pool_id as pool, delay_seconds as delay, ${STATUSES} from health_monitor`,
  policy: `select id, listener_id as listener, name, position, redirect_pool_id as "redirectPool",
    ${STATUSES} from l7_policy`,
  rule: `select id, l7_policy_id as policy, value, ${STATUSES} from l7_rule`,
  flavor: `select id, name from flavor where id <> '00000000-0000-0000-0000-000000000000'`,
};

const COLUMNS: Readonly<Record<Counted, string>> = {
  loadBalancer: 'load_balancer',
  listener: 'listener',
  pool: 'pool',
  member: 'member',
  monitor: 'health_monitor',
  policy: 'l7_policy',
  rule: 'l7_rule',
};

const used = COUNTED.map((kind) => `${COLUMNS[kind]}_in_use as "${kind}"`).join(', ');
const limits = COUNTED.map((kind) => `'${kind}', ${COLUMNS[kind]}_limit`).join(', ');
const QUOTAS = `select project_id as project, ${used},
  json_strip_nulls(json_build_object(${limits})) as limits from quota`;

/** One statement, hence one picture. */
const ALL = Object.entries({ ...TABLES, quota: QUOTAS })
  .map(([kind, select]) => `select '${kind}' as kind, row_to_json(t) as fields from (${select}) t`)
  .join(' union all ');

/** Everything that counts, one line an object; equal when what is stored is equal. */
export type Snapshot = readonly string[];

export async function readSnapshot(database: Database): Promise<Snapshot> {
  const { rows } = await database.query<{ kind: string; fields: object }>(ALL);
  const lines = rows.map(({ kind, fields }) => line(kind, fields));
  const known = rows.flatMap(({ kind, fields }) => (kind === 'quota' ? [fields] : []));
  for (const project of PROJECTS)
    if (!known.some((fields) => 'project' in fields && fields.project === project))
      lines.push(line('quota', { ...NONE, project }));
  return lines.toSorted();
}

const NONE = { ...Object.fromEntries(COUNTED.map((kind) => [kind, 0])), limits: {} };

/** The same of what the model believes. */
export function snapshotOf(state: State): Snapshot {
  const lines: string[] = [];
  for (const kind of Object.keys(TABLES) as Kind[])
    for (const each of state[kind].values()) lines.push(line(kind, withoutOldFlavor(each)));
  for (const project of PROJECTS) {
    const used = COUNTED.map((kind) => [kind, inUse(state, project, kind)] as const);
    const limits = state.limits.get(project) ?? {};
    lines.push(line('quota', { project, ...Object.fromEntries(used), limits }));
  }
  return lines.toSorted();
}

/** Which flavor a deleted load balancer had is nobody's business any more. */
function withoutOldFlavor(each: object): object {
  return 'flavor' in each && 'provisioning' in each && each.provisioning === 'DELETED'
    ? { ...each, flavor: null }
    : each;
}

function line(kind: string, fields: object): string {
  const sorted = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const shown = sorted.map(([name, value]) =>
    value !== null && typeof value === 'object'
      ? line(name, value)
      : `${name}=${value === null ? '-' : String(value)}`,
  );
  return `${kind}(${shown.join(' ')})`;
}

/** Gives the members that a batch made the ids that the database has for them. */
export async function nameNewMembers(database: Database, state: State): Promise<State> {
  if (![...state.member.keys()].some((id) => id.includes(' '))) return state;
  const { rows } = await database.query<{ id: string; pool: string; port: number }>(
    'select id, pool_id as pool, protocol_port as port from member',
  );
  for (const { id, pool, port } of rows) {
    const unnamed = state.member.get(unnamedId(pool, port));
    if (unnamed === undefined) continue;
    state.member.delete(unnamed.id);
    state.member.set(id, { ...unnamed, id });
  }
  return state;
}
