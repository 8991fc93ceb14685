import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { countLive } from '#core/queue/live-flows.ts';
import type { Counts } from '../task-record.ts';

const FLOW = 'amphora-certificate-rotate';
const LOOK_INTERVAL_MS = 1000;
/** Looks of one run; what is left is found in the next. */
const LOOKS_MAX = 600;

export interface RotationOptions {
  readonly expiryBufferSeconds: number;
  /** Rotations under way, all workers' together. */
  readonly atATimeMax: number;
  readonly clock: Clock;
  /** Ends the run after the look under way. */
  readonly signal: AbortSignal;
}

/**
 * Asks for new certificates where the old ones end soon, the soonest first and a few at a time. Marks the amphora as
 * busy in the transaction that asks, so that nobody asks twice; a mark that a lost flow left is as good as none. One that
 * failed is asked for again in the next run.
 */
export async function rotateCertificates(
  database: Database,
  { expiryBufferSeconds, atATimeMax, clock, signal }: RotationOptions,
): Promise<Counts> {
  const asked = new Set<string>();
  let enqueued = 0;
  for (let look = 0; look < LOOKS_MAX && !signal.aborted; look++) {
    const underWay = await countLive(database, FLOW);
    const free = atATimeMax - underWay;
    const due = await dueAmphorae(database, expiryBufferSeconds, [...asked], Math.max(1, free));
    if (due.length === 0) break;
    for (const id of free > 0 ? due : []) {
      asked.add(id);
      enqueued += await ask(database, id);
    }
    await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => {});
  }
  return { enqueued };
}

/** Not those being built or taken down: their certificates are new, or needed no more. */
async function dueAmphorae(
  db: Queryable,
  expiryBufferSeconds: number,
  except: readonly string[],
  limit: number,
): Promise<readonly string[]> {
  const found = await db.query<{ id: string }>(
    `select id from amphora
     where status = 'ALLOCATED' and cert_expiration < now() + make_interval(secs => $1)
       and (not is_cert_busy or updated_at < now() - interval '1 hour')
       and id <> all ($2::uuid[])
     order by cert_expiration limit $3`,
    [expiryBufferSeconds, except, limit],
  );
  return found.rows.map((row) => row.id);
}

/** @returns 1 when it was asked for, 0 when the amphora changed meanwhile */
async function ask(database: Database, amphoraId: string): Promise<number> {
  return transaction(database, async (tx) => {
    const marked = await tx.query(
      `update amphora set is_cert_busy = true, updated_at = date_trunc('second', clock_timestamp())
       where id = $1 and status = 'ALLOCATED'`,
      [amphoraId],
    );
    if (marked.rowCount !== 1) return 0;
    await enqueue(tx, FLOW, { amphoraId }, { requestId: `housekeeping-${amphoraId}` });
    return 1;
  });
}
