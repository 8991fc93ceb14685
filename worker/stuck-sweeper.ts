import type { Database } from '#core/db/pool.ts';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { Repeating } from '#core/service/repeating.ts';
import { LIVE_FLOW_INPUTS } from './engine/live-flows.ts';
import { type ChildTable, markChildError, settleAsError } from './steps/statuses.ts';

/** Providers whose load balancers our flows serve; others' report their own statuses. */
const OUR_PROVIDERS = ['amphora', 'octavia', 'amphorav2'];
const PROVIDER_WHEN_NULL = 'amphora';
const BATCH = 100;
const UNFINISHED: readonly AmphoraStatus[] = [
  AmphoraStatus.PendingCreate,
  AmphoraStatus.Booting,
  AmphoraStatus.PendingDelete,
];

/** Held by somebody, and no flow that could let it go: it was cancelled, given up after too many starts, or lost. */
const STUCK = `
  with live as (${LIVE_FLOW_INPUTS})
  select id from load_balancer
  where provisioning_status like 'PENDING\\_%' and coalesce(provider, $2) = any($1)
    and id::text not in (select input ->> 'loadBalancerId' from live where input ->> 'loadBalancerId' is not null)
  limit ${BATCH}`;

/** How each child finds its load balancer. */
const LOAD_BALANCER_OF = {
  listener: 'c.load_balancer_id',
  pool: 'c.load_balancer_id',
  member: '(select load_balancer_id from pool where id = c.pool_id)',
  health_monitor: '(select load_balancer_id from pool where id = c.pool_id)',
  l7_policy: '(select load_balancer_id from listener where id = c.listener_id)',
  l7_rule: `(select l.load_balancer_id from l7_policy p join listener l on l.id = p.listener_id
    where p.id = c.l7_policy_id)`,
} as const;

/** Held by nobody, since its load balancer is not: what is under way below one holds it as well. */
const stuckChildren = (table: string, loadBalancerId: string): string => `
  with live as (${LIVE_FLOW_INPUTS})
  select c.id from ${table} c join load_balancer l on l.id = ${loadBalancerId}
  where c.provisioning_status like 'PENDING\\_%' and l.provisioning_status not like 'PENDING\\_%'
    and coalesce(l.provider, $2) = any($1)
    and not exists (select from live where input ->> 'loadBalancerId' = l.id::text)
  limit ${BATCH} for update of c skip locked`;

/** Coming or going, but with nobody at work on it: neither a flow of its own nor one of its load balancer, if it has one. */
const STUCK_AMPHORAE = `
  with live as (${LIVE_FLOW_INPUTS})
  select id from amphora a
  where status = any($1) and not exists (
    select from load_balancer l where l.id = a.load_balancer_id and l.provisioning_status like 'PENDING\\_%'
  ) and not exists (
    select from live where input ->> 'amphoraId' = a.id::text
      or input ->> 'loadBalancerId' = a.load_balancer_id::text)
  limit ${BATCH}`;

export interface StuckSweeperOptions {
  readonly database: Database;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told how many were stuck. */
  readonly found: (count: number) => void;
}

/** Puts load balancers that are pending with nobody at work on them into ERROR, where users can delete or fail them over. */
export function stuckSweeper({ found, ...options }: StuckSweeperOptions): Repeating {
  return new Repeating({
    ...options,
    name: 'stuck-sweeper',
    async round() {
      const ids = await sweepStuck(options.database, options.logger);
      found(ids.length);
    },
    complaint: 'could not look for stuck load balancers',
  });
}

/** @returns the load balancers that were stuck and are now in ERROR */
export async function sweepStuck(database: Database, logger: Logger): Promise<readonly string[]> {
  return transaction(database, async (tx) => {
    const found = await tx.query<{ id: string }>(`${STUCK} for update skip locked`, [
      OUR_PROVIDERS,
      PROVIDER_WHEN_NULL,
    ]);
    const ids = found.rows.map((row) => row.id);
    for (const id of ids) {
      await settleAsError(tx, id);
      await failUnfinishedAmphorae(tx, id);
      logger.error({ load_balancer_id: id }, 'pending without a flow, now in ERROR');
    }
    await sweepStuckChildren(tx, logger);
    await sweepStuckAmphorae(tx, logger);
    return ids;
  });
}

async function sweepStuckChildren(tx: Transaction, logger: Logger): Promise<void> {
  for (const [table, loadBalancerId] of Object.entries(LOAD_BALANCER_OF)) {
    const found = await tx.query<{ id: string }>(stuckChildren(table, loadBalancerId), [
      OUR_PROVIDERS,
      PROVIDER_WHEN_NULL,
    ]);
    for (const { id } of found.rows) {
      await markChildError(tx, table as ChildTable, id);
      logger.error({ table, id }, 'pending below a load balancer that is not, now in ERROR');
    }
  }
}

/** In ERROR administrators may delete them again. */
async function sweepStuckAmphorae(tx: Transaction, logger: Logger): Promise<void> {
  const found = await tx.query<{ id: string }>(`${STUCK_AMPHORAE} for update of a skip locked`, [
    UNFINISHED,
  ]);
  for (const { id } of found.rows) {
    await amphorae.update(tx, id, { status: AmphoraStatus.Error });
    logger.error({ amphora_id: id }, 'unfinished, but without a flow, now in ERROR');
  }
}

/** What a lost flow was building or taking down. The machine stays on record until the load balancer goes. */
async function failUnfinishedAmphorae(tx: Transaction, loadBalancerId: string): Promise<void> {
  for (const amphora of await amphorae.findBy(tx, 'loadBalancerId', loadBalancerId))
    if (UNFINISHED.includes(amphora.status))
      await amphorae.update(tx, amphora.id, { status: AmphoraStatus.Error });
}
