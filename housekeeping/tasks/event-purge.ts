import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { Purgeable } from '../purge.ts';

const IS_DUE = 'occurred_at < now() - make_interval(secs => $1)';

/** Events of long ago, delivered or not: the table must not grow without end while a webhook is gone. */
export function eventPurge(expiryAgeSeconds: number): Purgeable {
  return {
    noun: 'event',
    batchSize: 500,
    async due(db: Queryable, afterId: string | null, limit: number) {
      const found = await db.query<{ id: string }>(
        `select id::text from event where ${IS_DUE} and id > coalesce($2::bigint, 0) order by id limit $3`,
        [expiryAgeSeconds, afterId, limit],
      );
      return found.rows.map((row) => row.id);
    },
    async remove(tx: Transaction, ids: readonly string[]) {
      const removed = await tx.query(
        `delete from event where ${IS_DUE} and id = any ($2::bigint[])`,
        [expiryAgeSeconds, ids],
      );
      return removed.rowCount ?? 0;
    },
  };
}
