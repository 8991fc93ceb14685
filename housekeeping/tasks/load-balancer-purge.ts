import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { Purgeable } from '../purge.ts';

const IS_DUE = `provisioning_status = 'DELETED' and coalesce(updated_at, created_at) < now() - make_interval(secs => $1)`;

/**
 * Load balancers that were deleted long ago. What hangs below one goes with it and its amphorae lose their reference,
 * both by the schema's foreign keys. Small batches: one load balancer may have thousands of members.
 */
export function loadBalancerPurge(expiryAgeSeconds: number): Purgeable {
  return {
    noun: 'load balancer',
    batchSize: 50,
    async due(db: Queryable, afterId: string | null, limit: number) {
      const found = await db.query<{ id: string }>(
        `select id from load_balancer where ${IS_DUE} and ($2::uuid is null or id > $2) order by id limit $3`,
        [expiryAgeSeconds, afterId, limit],
      );
      return found.rows.map((row) => row.id);
    },
    async remove(tx: Transaction, ids: readonly string[]) {
      const removed = await tx.query(
        `delete from load_balancer where ${IS_DUE} and id = any ($2::uuid[])`,
        [expiryAgeSeconds, ids],
      );
      return removed.rowCount ?? 0;
    },
  };
}
