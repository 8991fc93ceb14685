import { DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk/internal/error';
import { DBOSJSON } from '@dbos-inc/dbos-sdk/internal/serialization';
import { prepared } from '#core/db/prepared.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { type FailureKind, reasonOf } from './attempt.ts';
import { namesOf, type Outcome, type Past, pastOf } from './past.ts';
import type { Durably } from './run-flow.ts';
import { ENGINE_SCHEMA } from './schema.ts';
import type { KeepRecord } from './step-records.ts';

const OUTAGE_INTERVAL_MS = 1000;

const RECORDED = prepared(`
  select coalesce((
      select json_agg(json_build_object('place', function_id, 'name', function_name, 'output', output,
        'startedMs', started_at_epoch_ms) order by function_id)
      from ${ENGINE_SCHEMA}.operation_outputs where workflow_uuid = $1), '[]') as entries,
    (select recovery_attempts from ${ENGINE_SCHEMA}.workflow_status where workflow_uuid = $1)::int as starts,
    (select cancel_reason from flow_note where flow_id = $1 and cancel_requested_at is not null) as wish`);

/** A flow that gets a step further is not what its workers die of, however many of them do. */
const FORGIVE = prepared(
  `update ${ENGINE_SCHEMA}.workflow_status set recovery_attempts = 1 where workflow_uuid = $1 and owner_xid = $2`,
);

export interface JournalOptions {
  readonly db: Queryable;
  readonly keep: KeepRecord;
  readonly flowId: string;
  /** What the engine wrote beside the flow when it gave it to this executor. */
  readonly ownerToken: string;
  readonly classify: (error: unknown) => FailureKind;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Journal {
  readonly durably: Durably;
  readonly past: Past;
  /** The steps on record, by the names that they were recorded under. */
  readonly recorded: readonly string[];
  /** When the flow's first step began, on whatever worker. */
  readonly begunMs: number;
  /** Why an operator wants the flow ended, if so. */
  readonly wish: string | null;
}

interface Entry {
  readonly place: number;
  readonly name: string;
  readonly output: string;
  readonly startedMs: number;
}

interface Known {
  readonly entries: readonly Entry[];
  /** How often the engine has given it to a worker. */
  readonly starts: number;
  readonly wish: string | null;
}

/**
 * The record of a flow's steps, in the engine's own table and format: read once when the flow is taken, then
 * written after every step. The engine's own way costs seven statements a step, most of which ask again what the flow's
 * only owner knows.
 * What fails because the database is away is tried until it is back: there is nobody else to tell.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { flowId, ownerToken, clock } = options;
  const { rows } = await patiently(options, () => options.db.query<Known>(RECORDED, [flowId]));
  const { entries, starts, wish } = rows[0] ?? { entries: [], starts: 1, wish: null };
  let isForgiven = starts <= 1;
  const recorded = new Map(entries.map(({ name, output }) => [name, outcomeOf(output)]));
  let place = entries.at(-1)?.place ?? -1;
  const durably: Durably = async (step, body) => {
    const name = namesOf(step).find((one) => recorded.has(one)) ?? step.name;
    const found = recorded.get(name);
    if (found) return found;
    place += 1;
    const startedMs = clock.nowMs();
    const outcome = await body();
    await record(options, place, name, outcome, startedMs);
    if (!isForgiven)
      await patiently(options, () => options.db.query(FORGIVE, [flowId, ownerToken]));
    isForgiven = true;
    return outcome;
  };
  const begunMs = entries[0]?.startedMs ?? clock.nowMs();
  return { durably, past: pastOf(recorded), recorded: [...recorded.keys()], begunMs, wish };
}

function outcomeOf(output: string): Outcome {
  return DBOSJSON.parse(output) as Outcome;
}

async function record(
  options: JournalOptions,
  place: number,
  name: string,
  outcome: Outcome,
  startedMs: number,
): Promise<void> {
  const { keep, flowId, ownerToken, clock } = options;
  const ended = { output: DBOSJSON.stringify(outcome), startedMs, endedMs: clock.nowMs() };
  const isKept = await patiently(options, () =>
    keep({ flowId, ownerToken, place, name, ...ended }),
  );
  if (!isKept) throw new DBOSWorkflowConflictError(flowId);
}

async function patiently<Result>(
  { classify, clock, logger }: JournalOptions,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (classify(error) !== 'outage') throw error;
      logger.warn({ reason: reasonOf(error) }, 'PostgreSQL is away, the flow waits for it');
    }
    await clock.sleep(OUTAGE_INTERVAL_MS);
  }
}
