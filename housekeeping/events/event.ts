import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Queryable } from '#core/ports/transaction.ts';

/** One event as consumers read it. Its `sequence` orders it, and tells one that comes again from a new one. */
export interface Event {
  readonly sequence: number;
  /** `octavia.<noun>.status`, or `octavia.<noun>.<verb>.start`, `.end` and `.error` of operations. */
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly occurred_at: string;
  readonly project_id: string | null;
  readonly load_balancer_id: string | null;
  readonly request_id: string | null;
  readonly object_type: string;
  readonly object_id: string;
  /** Which status changed; null for operations. */
  readonly field: string | null;
  readonly old_status: string | null;
  readonly new_status: string | null;
  readonly flow: string | null;
  readonly flow_id: string | null;
  /** Why an operation failed. */
  readonly reason: string | null;
}

export const BATCH_MAX = 500;

const IS_ANY_FRESH = 'select exists (select from event where sequence is null) as "isAny"';
const HOLD_COUNTER = 'select last_sequence from event_numbering for update';
const NUMBER = `
  with fresh as (select id from event where sequence is null order by id limit ${BATCH_MAX}),
  placed as (select id, row_number() over (order by id) as place from fresh),
  numbered as (
    update event e set sequence = counter.last_sequence + placed.place
    from placed, event_numbering counter where e.id = placed.id returning 1),
  total as (select count(*) as count from numbered)
  update event_numbering set last_sequence = last_sequence + total.count from total
  returning total.count::int as count`;

/**
 * Gives a number to what has none yet. Whoever does so holds the counter, so two that believe to be the only one wait
 * for each other. What a transaction wrote after it saw another's work has the higher id, so the order of ids is the
 * order in which things happened.
 * @returns how many, at most 500
 */
export async function numberEvents(database: Database): Promise<number> {
  const { rows } = await database.query<{ isAny: boolean }>(IS_ANY_FRESH);
  if (rows[0]?.isAny !== true) return 0;
  return transaction(database, async (tx) => {
    await tx.query(HOLD_COUNTER);
    return (await tx.query<{ count: number }>(NUMBER)).rows[0]?.count ?? 0;
  });
}

/** @returns at most 500, in order */
export async function eventsAfter(db: Queryable, sequence: number): Promise<readonly Event[]> {
  const found = await db.query<Event>(
    `select sequence::float8 as sequence, type,
       to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at,
       project_id, load_balancer_id, request_id, object_type, object_id, field, old_status, new_status, flow, flow_id,
       reason
     from event where sequence > $1 order by sequence limit ${BATCH_MAX}`,
    [sequence],
  );
  return found.rows;
}
