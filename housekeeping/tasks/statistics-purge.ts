import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { Purgeable } from '../purge.ts';

/**
 * Statistics of listeners that are gone. Those of amphorae that are gone stay: a listener's totals are the sum over
 * all the amphorae it ever ran on.
 */
export const statisticsPurge: Purgeable = {
  noun: 'listener without a row, by its statistics',
  batchSize: 500,
  async due(db: Queryable, afterId: string | null, limit: number) {
    const found = await db.query<{ id: string }>(
      `select distinct s.listener_id as id from listener_statistics s
       where ($1::uuid is null or s.listener_id > $1)
         and not exists (select from listener l where l.id = s.listener_id)
       order by s.listener_id limit $2`,
      [afterId, limit],
    );
    return found.rows.map((row) => row.id);
  },
  async remove(tx: Transaction, ids: readonly string[]) {
    const removed = await tx.query(
      `delete from listener_statistics s where s.listener_id = any ($1::uuid[])
         and not exists (select from listener l where l.id = s.listener_id)`,
      [ids],
    );
    return removed.rowCount ?? 0;
  },
};
