import { prepared } from '#core/db/prepared.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Queryable } from '#core/ports/transaction.ts';

const ERROR_LENGTH_MAX = 2000;

const NOTE = prepared(`
  insert into flow_note (flow_id, step, attempts, last_error, last_error_at) values ($1, $2, $3, $4, now())
  on conflict (flow_id) do update set step = excluded.step, attempts = excluded.attempts,
    last_error = excluded.last_error, last_error_at = excluded.last_error_at`);

/** Notes why a step is being tried again, for the operator who wonders what a flow waits for. */
export type TroubleNotes = (flowId: string, step: string, attempts: number, reason: string) => void;

/** A note that cannot be written is not worth a flow: one at a time a flow, and the log has them all. */
export function troubleNotes(db: Queryable, logger: Logger): TroubleNotes {
  const underWay = new Set<string>();
  return (flowId, step, attempts, reason) => {
    if (underWay.has(flowId)) return;
    underWay.add(flowId);
    db.query(NOTE, [flowId, step, attempts, reason.slice(0, ERROR_LENGTH_MAX)])
      .catch((error: unknown) => logger.debug({ error }, 'could not note why a step failed'))
      .finally(() => underWay.delete(flowId));
  };
}
