import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { Purgeable } from '../purge.ts';

const IS_DUE = `status = 'DELETED' and coalesce(updated_at, created_at) < now() - make_interval(secs => $1)`;

/** Amphorae that were deleted long ago. The database's clock decides, so that housekeepers agree. */
export function amphoraPurge(expiryAgeSeconds: number): Purgeable {
  return {
    noun: 'amphora',
    batchSize: 500,
    async due(db: Queryable, afterId: string | null, limit: number) {
      const found = await db.query<{ id: string }>(
        `select id from amphora where ${IS_DUE} and ($2::uuid is null or id > $2) order by id limit $3`,
        [expiryAgeSeconds, afterId, limit],
      );
      return found.rows.map((row) => row.id);
    },
    async remove(tx: Transaction, ids: readonly string[]) {
      const removed = await tx.query(
        `delete from amphora where ${IS_DUE} and id = any ($2::uuid[])`,
        [expiryAgeSeconds, ids],
      );
      return removed.rowCount ?? 0;
    },
  };
}
