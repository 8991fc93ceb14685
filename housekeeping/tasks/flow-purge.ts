import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { Purgeable } from '../purge.ts';

// Not PENDING, ENQUEUED or DELAYED: those will still run.
const IS_DUE = `status in ('SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')
  and coalesce(completed_at, updated_at) < (extract(epoch from now()) - $1) * 1000`;

// These refer to their flow by its id but without a foreign key, so nothing would ever remove their rows.
const WITHOUT_FOREIGN_KEY = ['workflow_input', 'workflow_output', 'operation_outputs'];

/**
 * Flows that ended long ago, with the record of their steps. The durable engine keeps them for ever, and its library
 * belongs to the worker, so this speaks to its tables.
 */
export function flowPurge(expiryAgeSeconds: number): Purgeable {
  return {
    noun: 'flow',
    batchSize: 500,
    async due(db: Queryable, afterId: string | null, limit: number) {
      if (!(await hasEngine(db))) return [];
      const found = await db.query<{ id: string }>(
        `select workflow_uuid as id from dbos.workflow_status
         where ${IS_DUE} and ($2::text is null or workflow_uuid > $2) order by workflow_uuid limit $3`,
        [expiryAgeSeconds, afterId, limit],
      );
      return found.rows.map((row) => row.id);
    },
    async remove(tx: Transaction, ids: readonly string[]) {
      const removed = await tx.query<{ id: string }>(
        `delete from dbos.workflow_status where ${IS_DUE} and workflow_uuid = any ($2::text[])
         returning workflow_uuid as id`,
        [expiryAgeSeconds, ids],
      );
      const gone = removed.rows.map((row) => row.id);
      for (const table of WITHOUT_FOREIGN_KEY)
        await tx.query(`delete from dbos.${table} where workflow_uuid = any ($1::text[])`, [gone]);
      await tx.query('delete from flow_note where flow_id = any ($1::text[])', [gone]);
      return gone.length;
    },
  };
}

/** Its tables come with the first worker. */
async function hasEngine(db: Queryable): Promise<boolean> {
  const found = await db.query<{ has: boolean }>(
    `select to_regclass('dbos.workflow_status') is not null as has`,
  );
  return found.rows[0]?.has ?? false;
}
