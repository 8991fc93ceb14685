import type { Vip } from '../../domain/vip.ts';
import type { Queryable, Transaction } from '../../ports/transaction.ts';
import { prepared } from '../prepared.ts';
import { column, json, table } from '../table.ts';

/** A VIP port that a provider was asked for, for a load balancer that is not stored yet. */
export interface VipIntent {
  readonly loadBalancerId: string;
  readonly provider: string;
  /** As it was asked for: the port's own id is known only to who makes it. */
  readonly vip: Vip;
  /** From then on no load balancer may be stored with it. */
  readonly isGivenUp: boolean;
  readonly createdAt: Date;
}

export const vipIntents = table<VipIntent>(
  'vip_intent',
  {
    loadBalancerId: column('load_balancer_id'),
    provider: column('provider'),
    vip: json('vip'),
    isGivenUp: column('is_given_up'),
    createdAt: column('created_at'),
  },
  'loadBalancerId',
);

const TAKEN = prepared('delete from vip_intent where load_balancer_id = $1 and not is_given_up');

/** Ends it, since the load balancer is stored now. @returns false: it has been given up, or was never there */
export async function takeVipIntent(tx: Transaction, loadBalancerId: string): Promise<boolean> {
  return (await tx.query(TAKEN, [loadBalancerId])).rowCount === 1;
}

/** @returns load balancers whose request must have ended long ago, oldest first */
export async function findForgottenVipIntents(
  db: Queryable,
  before: Date,
  countMax: number,
): Promise<readonly string[]> {
  const found = await db.query<{ id: string }>(
    'select load_balancer_id as id from vip_intent where created_at < $1 order by created_at limit $2',
    [before, countMax],
  );
  return found.rows.map((row) => row.id);
}
