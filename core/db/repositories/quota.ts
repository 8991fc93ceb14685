import { ErrorCode, OctaviaError } from '../../domain/errors.ts';
import type { QuotaChanges, QuotaLimits, QuotaNoun } from '../../domain/quota.ts';
import type { Queryable, Transaction } from '../../ports/transaction.ts';
import { prepared } from '../prepared.ts';

/** Columns, tables, and how fault texts call each noun. */
const NOUNS: Readonly<Record<QuotaNoun, { column: string; table: string; words: string }>> = {
  loadBalancer: { column: 'load_balancer', table: 'load_balancer', words: 'Load Balancer' },
  listener: { column: 'listener', table: 'listener', words: 'Listener' },
  pool: { column: 'pool', table: 'pool', words: 'Pool' },
  member: { column: 'member', table: 'member', words: 'Member' },
  healthMonitor: { column: 'health_monitor', table: 'health_monitor', words: 'Health Monitor' },
  l7Policy: { column: 'l7_policy', table: 'l7_policy', words: 'L7 Policy' },
  l7Rule: { column: 'l7_rule', table: 'l7_rule', words: 'L7 Rule' },
};

const HOLD = prepared('select from quota where project_id = $1 for update');
const RECORD = prepared('insert into quota (project_id) values ($1) on conflict do nothing');

/**
 * Takes `count` objects out of a project's quota, before they are inserted. The project's row stays locked until the
 * transaction ends, so requests at once are counted one after the other, and a rolled back request takes nothing.
 * A counter of zero is not believed but counted anew: objects made while quotas were off count too.
 * @param growth how many more there will be in the end, when the same request takes others away: only so many need
 * room, but all are taken, since those that go give their place back when they are gone
 * @throws OctaviaError `quota-met`
 */
export async function reserveQuota(
  tx: Transaction,
  projectId: string,
  noun: QuotaNoun,
  count: number,
  defaults: QuotaLimits,
  growth = count,
): Promise<void> {
  if (count <= 0) return;
  const { column } = NOUNS[noun];
  const taken = await tx.query(takingOf(column), [projectId, count, growth, defaults[noun]]);
  if (taken.rowCount === 1) return;
  await tx.query(RECORD, [projectId]);
  const { limit, inUse } = await readQuota(tx, projectId, noun, defaults, 'for update');
  if (growth > 0 && limit >= 0 && inUse + growth > limit) throw quotaMet(noun);
  await tx.query(prepared(`update quota set ${column}_in_use = $2 where project_id = $1`), [
    projectId,
    inUse + count,
  ]);
}

/** In one statement, since others wait meanwhile; it takes nothing where the counter must be counted anew, or is full. */
function takingOf(column: string): string {
  return prepared(
    `update quota set ${column}_in_use = ${column}_in_use + $2::int
     where project_id = $1 and ${column}_in_use > 0
       and ($3::int <= 0 or coalesce(${column}_limit, $4::int) < 0
         or ${column}_in_use + $3::int <= coalesce(${column}_limit, $4::int))`,
  );
}

/** Keeps everybody else from the project's quota until the transaction ends, the first of its requests too. Before the load balancer: all lock in that order. */
export async function holdQuota(tx: Transaction, projectId: string): Promise<void> {
  await tx.query(RECORD, [projectId]);
  await tx.query(HOLD, [projectId]);
}

/** Gives `count` objects back, once their deletion is complete. Never below zero; a project without a record has none. */
export async function releaseQuota(
  tx: Transaction,
  projectId: string,
  noun: QuotaNoun,
  count: number,
): Promise<void> {
  const { column } = NOUNS[noun];
  await tx.query(
    `update quota set ${column}_in_use = greatest(0, ${column}_in_use - $2) where project_id = $1`,
    [projectId, count],
  );
}

/**
 * Whether there is room now, without locking: to refuse early what `reserveQuota` will decide.
 * @throws OctaviaError `quota-met`
 */
export async function expectQuota(
  db: Queryable,
  projectId: string,
  noun: QuotaNoun,
  count: number,
  defaults: QuotaLimits,
): Promise<void> {
  const { limit, inUse } = await readQuota(db, projectId, noun, defaults, '');
  if (limit >= 0 && inUse + count > limit) throw quotaMet(noun);
}

async function readQuota(
  db: Queryable,
  projectId: string,
  noun: QuotaNoun,
  defaults: QuotaLimits,
  lock: 'for update' | '',
): Promise<{ readonly limit: number; readonly inUse: number }> {
  const { column, table } = NOUNS[noun];
  const found = await db.query<{ limit: number | null; inUse: number }>(
    prepared(
      `select ${column}_limit as "limit", ${column}_in_use as "inUse" from quota where project_id = $1 ${lock}`,
    ),
    [projectId],
  );
  const limit = found.rows[0]?.limit ?? defaults[noun];
  const counted = found.rows[0]?.inUse ?? 0;
  if (counted > 0) return { limit, inUse: counted };
  const living = await db.query<{ count: number }>(
    `select count(*) from ${table} where project_id = $1 and provisioning_status <> 'DELETED'`,
    [projectId],
  );
  return { limit, inUse: living.rows[0]?.count ?? 0 };
}

const ALL = Object.keys(NOUNS) as QuotaNoun[];

/**
 * Select list for what a project may have, under the nouns' names: its record's limits, else the defaults.
 * @param defaults whole numbers of ours, so they stand in the text
 */
export function limitsOf(alias: string, defaults: QuotaLimits): string {
  return ALL.map((noun) => `${limitColumn(alias, noun, defaults)} as "${noun}"`).join(', ');
}

export function limitColumn(alias: string, noun: QuotaNoun, defaults: QuotaLimits): string {
  return `coalesce(${alias}.${NOUNS[noun].column}_limit, ${Math.trunc(defaults[noun])})`;
}

/** A project without a record has the defaults. */
export async function findQuota(
  db: Queryable,
  projectId: string,
  defaults: QuotaLimits,
): Promise<QuotaLimits> {
  const found = await db.query<QuotaLimits>(
    `select ${limitsOf('t', defaults)} from quota t where t.project_id = $1`,
    [projectId],
  );
  return found.rows[0] ?? defaults;
}

/** Sets the given limits, and makes the record when there is none. What is in use stays: too much of it only keeps new objects out. */
export async function changeQuota(
  tx: Transaction,
  projectId: string,
  changes: QuotaChanges,
): Promise<void> {
  await tx.query(RECORD, [projectId]);
  for (const noun of ALL.filter((each) => changes[each] !== undefined))
    await tx.query(`update quota set ${NOUNS[noun].column}_limit = $2 where project_id = $1`, [
      projectId,
      changes[noun],
    ]);
}

/** Back to the defaults. @returns whether the project has a record */
export async function resetQuota(tx: Transaction, projectId: string): Promise<boolean> {
  const sets = ALL.map((noun) => `${NOUNS[noun].column}_limit = null`).join(', ');
  const reset = await tx.query(`update quota set ${sets} where project_id = $1`, [projectId]);
  return reset.rowCount === 1;
}

function quotaMet(noun: QuotaNoun): OctaviaError {
  return new OctaviaError(
    ErrorCode.QuotaMet,
    `Quota has been met for resources: ${NOUNS[noun].words}`,
  );
}
