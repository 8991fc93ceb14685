import type { Database } from '#core/db/pool.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { FAILOVERABLE } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { countFailovers } from '#core/queue/failovers.ts';
import type { Accused } from './expected-amphorae.ts';
import { noteAttempt } from './failover-attempts.ts';

export interface FailoverRequest {
  readonly amphora: Accused;
  readonly requestId: string;
  /** Milliseconds before the next attempt on the same amphora; doubles with each, up to an hour. */
  readonly backOffMs: number;
  /** Failovers that may be in progress, this one included. */
  readonly allowed: number;
  /** Whether what the verdict rests on is still recent. */
  isFresh(): boolean;
}

export type FailoverRequested =
  | { readonly kind: 'requested'; readonly flowId: string; readonly attempts: number }
  /** The load balancer is locked by something else. */
  | { readonly kind: 'busy' }
  /** Somebody else has seen to it. */
  | { readonly kind: 'moot' }
  /** As many failovers as may be are in progress. */
  | { readonly kind: 'over-budget' }
  /** This process was held up on the way here, and the amphora may have reported since. */
  | { readonly kind: 'out-of-date' };

/** Ends the transaction without effect. */
class Withdrawn extends Error {
  readonly requested: FailoverRequested;

  constructor(kind: 'moot' | 'over-budget' | 'out-of-date') {
    super(kind);
    this.requested = { kind };
  }
}

// Any number that nothing else on this database locks; spells "fail".
const BUDGET_LOCK = 0x6661696c;
/** One who is stopped in the middle must not keep load balancers and the budget locked. */
const STANDSTILL_MAX = '5s';

/**
 * Asks for the failover of one amphora, in one transaction: locks its load balancer, makes sure that it still is what it
 * was and that the budget allows one more, notes the attempt, hands the flow to the engine. Of any number of health
 * managers one gets through, and together they do not exceed the budget.
 */
export async function requestFailover(
  database: Database,
  request: FailoverRequest,
): Promise<FailoverRequested> {
  const { id: amphoraId, loadBalancerId } = request.amphora;
  try {
    return await transaction(database, async (tx): Promise<FailoverRequested> => {
      await tx.query(`set local idle_in_transaction_session_timeout = '${STANDSTILL_MAX}'`);
      const lock = await loadBalancers.lock(tx, loadBalancerId, FAILOVERABLE, 'PENDING_UPDATE');
      if (lock === null) return { kind: 'moot' };
      if (!lock.isLocked) return { kind: 'busy' };
      await holdUnchanged(tx, request.amphora);
      const attempts = await noteAttempt(tx, amphoraId, request.backOffMs);
      if (attempts === null) throw new Withdrawn('moot');
      const flowId = await enqueue(
        tx,
        'amphora-failover',
        { loadBalancerId, amphoraId },
        { requestId: request.requestId },
      );
      await holdBudget(tx, request.allowed);
      if (!request.isFresh()) throw new Withdrawn('out-of-date');
      return { kind: 'requested', flowId, attempts };
    });
  } catch (error) {
    if (error instanceof Withdrawn) return error.requested;
    throw error;
  }
}

async function holdUnchanged(tx: Transaction, amphora: Accused): Promise<void> {
  const found = await tx.query(
    `select from amphora where id = $1 and status = $2 and load_balancer_id = $3 for update`,
    [amphora.id, amphora.status, amphora.loadBalancerId],
  );
  if (found.rowCount !== 1) throw new Withdrawn('moot');
}

/**
 * Taken last, so that whoever waits for a load balancer holds up nobody else: from here to the commit it is this one's
 * turn alone, and the count has its own flow in it and those of all who were before.
 */
async function holdBudget(tx: Transaction, allowed: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [BUDGET_LOCK]);
  if ((await countFailovers(tx)) > allowed) throw new Withdrawn('over-budget');
}
