import { DBOSJSON } from '@dbos-inc/dbos-sdk/internal/serialization';
import { prepared } from '#core/db/prepared.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { FailureKind } from './attempt.ts';
import { ENGINE_SCHEMA } from './schema.ts';

/** More than flows that a worker runs at once: no bound that is met, but one. */
const BATCH_MAX = 200;

/**
 * One statement is one transaction: the locks on the flows' rows keep them ours until the records are in. Whoever takes
 * a flow over changes `owner_xid`, and from then on nothing of ours is kept. The locks are taken one by one in the order
 * given, so that two workers that hold the same flows for theirs cannot wait for each other.
 */
const RECORD = prepared(`
  with given as materialized (
    select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
      as given (flow_id, owner, place, name, output, started, ended)),
  owned as materialized (
    select given.*, flow.application_name from given cross join lateral (
      select application_name from ${ENGINE_SCHEMA}.workflow_status
      where workflow_uuid = given.flow_id and owner_xid = given.owner for no key update) flow),
  kept as (
    insert into ${ENGINE_SCHEMA}.operation_outputs (workflow_uuid, function_id, function_name, output, serialization,
      started_at_epoch_ms, completed_at_epoch_ms, application_name, retention_timestamp)
    select flow_id, place, name, output, '${DBOSJSON.name()}', started, ended, application_name, ended from owned
    on conflict (workflow_uuid, function_id) do nothing)
  select flow_id as "flowId", owner as "ownerToken" from owned`);

/** A step that has ended, as the engine's own table has it. */
export interface StepRecord {
  readonly flowId: string;
  /** What the engine wrote beside the flow when it gave it to this executor. */
  readonly ownerToken: string;
  readonly place: number;
  readonly name: string;
  readonly output: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** @returns whether it is kept: no, if the flow is somebody else's by now */
export type KeepRecord = (record: StepRecord) => Promise<boolean>;

interface Waiting {
  readonly record: StepRecord;
  readonly resolve: (isKept: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes the records of all flows of this worker. What comes while a statement is under way goes with the next, all in
 * one: the busier the worker, the fewer statements and commits a step costs. A flow waits for its record before it goes
 * on, so there is at most one of each.
 */
export function stepRecords(db: Queryable, classify: (error: unknown) => FailureKind): KeepRecord {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const writeWaiting = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(BATCH_MAX);
      await settle(batch);
    }
    isWriting = false;
  };
  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const records = batch.map(({ record }) => record);
      const kept = await write(db, records);
      for (const { record, resolve } of batch) resolve(kept.has(ownershipOf(record)));
    } catch (error) {
      // One that cannot be written must not fail the others.
      if (batch.length > 1 && classify(error) !== 'outage')
        for (const one of batch) await settle([one]);
      else for (const { reject } of batch) reject(error);
    }
  };
  return (record) =>
    new Promise((resolve, reject) => {
      waiting.push({ record, resolve, reject });
      if (!isWriting) void writeWaiting();
    });
}

async function write(db: Queryable, records: readonly StepRecord[]): Promise<ReadonlySet<string>> {
  const sorted = records.toSorted((a, b) => (a.flowId < b.flowId ? -1 : 1));
  const { rows } = await db.query<Ownership>(RECORD, [
    sorted.map((one) => one.flowId),
    sorted.map((one) => one.ownerToken),
    sorted.map((one) => one.place),
    sorted.map((one) => one.name),
    sorted.map((one) => one.output),
    sorted.map((one) => Math.round(one.startedMs)),
    sorted.map((one) => Math.round(one.endedMs)),
  ]);
  return new Set(rows.map(ownershipOf));
}

type Ownership = Pick<StepRecord, 'flowId' | 'ownerToken'>;

/** Flows that were taken together share their token. */
function ownershipOf({ flowId, ownerToken }: Ownership): string {
  return `${flowId} ${ownerToken}`;
}
