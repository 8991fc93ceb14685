import { randomUUID } from 'node:crypto';
import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';

export interface ZombieRemoval {
  readonly computeId: string;
  readonly flowId: string;
  readonly attempts: number;
}

/**
 * Asks for the removal of a deleted amphora's machine, if its machine is known and nobody has asked already. One that
 * is being replaced or deleted just now is not DELETED yet, and its own flow removes it.
 * @param graceMs since its deletion, in which what it had sent before may still arrive
 * @param backOffMs before it is asked for again should it still report; doubles each time, up to a day
 * @returns null when there is nothing to do
 */
export async function requestRemoval(
  database: Database,
  amphoraId: string,
  { graceMs, backOffMs }: { readonly graceMs: number; readonly backOffMs: number },
): Promise<ZombieRemoval | null> {
  return transaction(database, async (tx) => {
    const found = await tx.query<{ computeId: string }>(
      `select compute_id as "computeId" from amphora
       where id = $1 and status = 'DELETED' and compute_id is not null
         and coalesce(updated_at, created_at) < now() - $2 * interval '1 millisecond'
       for update`,
      [amphoraId, graceMs],
    );
    const [amphora] = found.rows;
    const attempts = amphora ? await noteAttempt(tx, amphoraId, backOffMs) : undefined;
    if (!amphora || attempts === undefined) return null;
    const requestId = `req-${randomUUID()}`;
    const flowId = await enqueue(tx, 'amphora-delete', { amphoraId }, { requestId });
    return { ...amphora, flowId, attempts };
  });
}

async function noteAttempt(
  tx: Transaction,
  amphoraId: string,
  backOffMs: number,
): Promise<number | undefined> {
  const noted = await tx.query<{ attempts: number }>(
    `insert into zombie_removal as z (amphora_id, next_attempt_at)
     values ($1, now() + $2 * interval '1 millisecond')
     on conflict (amphora_id) do update
       set attempts = z.attempts + 1,
           next_attempt_at = now() + least($2 * power(2, least(z.attempts, 20)), 86400000) * interval '1 millisecond'
       where z.next_attempt_at <= now()
     returning attempts`,
    [amphoraId, backOffMs],
  );
  return noted.rows[0]?.attempts;
}
