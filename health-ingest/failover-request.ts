import type { Database } from '#core/db/pool.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { FAILOVERABLE } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { ExpectedAmphora } from './expected-amphorae.ts';

export type FailoverRequested =
  | { readonly kind: 'requested'; readonly flowId: string; readonly attempts: number }
  /** The load balancer is locked by something else. */
  | { readonly kind: 'busy' }
  /** Somebody else has seen to it. */
  | { readonly kind: 'moot' };

/** Ends the transaction without effect. */
class Moot extends Error {}

/**
 * Asks for the failover of one amphora, in one transaction: locks its load balancer, makes sure that it still is what it
 * was, notes the attempt, hands the flow to the engine. Of any number of health managers one gets through.
 * @param backOffMs the pause before the next attempt on the same amphora; doubles with each, up to an hour
 */
export async function requestFailover(
  database: Database,
  amphora: ExpectedAmphora,
  requestId: string,
  backOffMs: number,
): Promise<FailoverRequested> {
  const { id: amphoraId, loadBalancerId } = amphora;
  try {
    return await transaction(database, async (tx): Promise<FailoverRequested> => {
      const lock = await loadBalancers.lock(tx, loadBalancerId, FAILOVERABLE, 'PENDING_UPDATE');
      if (lock === null) return { kind: 'moot' };
      if (!lock.isLocked) return { kind: 'busy' };
      await holdUnchanged(tx, amphora);
      const attempts = await noteAttempt(tx, amphoraId, backOffMs);
      const flowId = await enqueue(
        tx,
        'amphora-failover',
        { loadBalancerId, amphoraId },
        { requestId },
      );
      return { kind: 'requested', flowId, attempts };
    });
  } catch (error) {
    if (error instanceof Moot) return { kind: 'moot' };
    throw error;
  }
}

async function holdUnchanged(tx: Transaction, amphora: ExpectedAmphora): Promise<void> {
  const found = await tx.query(
    `select from amphora where id = $1 and status = $2 and load_balancer_id = $3 for update`,
    [amphora.id, amphora.status, amphora.loadBalancerId],
  );
  if (found.rowCount !== 1) throw new Moot();
}

async function noteAttempt(tx: Transaction, amphoraId: string, backOffMs: number): Promise<number> {
  const noted = await tx.query<{ attempts: number }>(
    `insert into failover_attempt as f (amphora_id, next_attempt_at)
     values ($1, now() + $2 * interval '1 millisecond')
     on conflict (amphora_id) do update
       set attempts = f.attempts + 1, last_attempt_at = now(),
           next_attempt_at = now() + least($2 * power(2, least(f.attempts, 20)), 3600000) * interval '1 millisecond'
       where f.next_attempt_at <= now()
     returning attempts`,
    [amphoraId, backOffMs],
  );
  const attempts = noted.rows[0]?.attempts;
  if (attempts === undefined) throw new Moot();
  return attempts;
}
