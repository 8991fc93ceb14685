import type { AmphoraStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';

/** Who sent a report, as far as it depends on the database whether the report counts. */
export interface Sender {
  readonly amphoraId: string;
  readonly amphoraStatus: AmphoraStatus;
  /** Whether it speaks for its load balancer: it carries it, or at least nobody else does. */
  readonly isInService: boolean;
  /** Null: none, or a deleted one. */
  readonly loadBalancerId: string | null;
  /** Other amphorae that carry the same load balancer and are not known to be silent. */
  readonly peerIds: readonly string[];
}

const SENDERS = `
  select a.id as "amphoraId", a.status as "amphoraStatus", lb.id as "loadBalancerId",
    (a.status in ('ALLOCATED', 'FAILOVER_STOPPED')
      or (a.status = 'ERROR' and not exists (select from amphora o
        where o.load_balancer_id = lb.id and o.status in ('ALLOCATED', 'FAILOVER_STOPPED')))) as "isInService",
    array(select o.id::text from amphora o
      where o.load_balancer_id = lb.id and o.id <> a.id and o.status = 'ALLOCATED') as "peerIds"
  from amphora a
  left join load_balancer lb on lb.id = a.load_balancer_id and lb.provisioning_status <> 'DELETED'
  where a.id = any($1::uuid[])`;

/** Those of the given amphorae that the database has a row of, in one statement. */
export async function findSenders(
  db: Queryable,
  amphoraIds: readonly string[],
): Promise<ReadonlyMap<string, Sender>> {
  if (amphoraIds.length === 0) return new Map();
  const found = await db.query<Sender>(SENDERS, [amphoraIds]);
  return new Map(found.rows.map((sender) => [sender.amphoraId, sender]));
}
