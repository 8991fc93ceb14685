import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import { SystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transaction } from '#core/db/transaction.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { classify } from '../steps/patience.ts';
import { silentLogger } from '../testing/noop-world.ts';
import { type Journal, openJournal } from './journal.ts';
import type { Outcome } from './past.ts';
import { type KeepRecord, stepRecords } from './step-records.ts';

const OWNER = 'taken together';
const DONE: Outcome = { kind: 'done', gives: { a: 1 } };

const STEP_COLUMNS = [
  'application_name',
  'child_workflow_id',
  'completed_at_epoch_ms',
  'error',
  'function_id',
  'function_name',
  'output',
  'retention_timestamp',
  'serialization',
  'started_at_epoch_ms',
  'workflow_uuid',
];
const FLOW_COLUMNS = [
  'application_name',
  'created_at',
  'executor_id',
  'owner_xid',
  'queue_name',
  'recovery_attempts',
  'status',
  'workflow_uuid',
];

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

/** @returns the id of a flow that this worker has been given, for the n-th time */
async function takenFlow(starts = 1): Promise<string> {
  const id = await transaction(own.database, (tx) =>
    enqueue(tx, 'amphora-delete', { amphoraId: 'a' }, { requestId: 'r' }),
  );
  await own.database.query(
    `update dbos.workflow_status set status = 'PENDING', owner_xid = $2, recovery_attempts = $3 where workflow_uuid = $1`,
    [id, OWNER, starts],
  );
  return id;
}

const keeping = (): KeepRecord => stepRecords(own.database, classify);

async function journalOf(flowId: string, keep = keeping()): Promise<Journal> {
  const options = { classify, clock: systemClock, logger: silentLogger };
  return openJournal({ db: own.database, keep, flowId, ownerToken: OWNER, ...options });
}

async function recordedOf(flowId: string): Promise<readonly string[]> {
  return (await journalOf(flowId)).recorded;
}

async function startsOf(flowId: string): Promise<number | undefined> {
  const found = await own.database.query<{ starts: string }>(
    'select recovery_attempts as starts from dbos.workflow_status where workflow_uuid = $1',
    [flowId],
  );
  return Number(found.rows[0]?.starts);
}

// Whoever raises the package's version meets this first. Where its tables or these calls have changed: compare what
// step-records.ts, journal.ts, executors.ts, flow-metrics.ts, live-flows.ts and claims.ts know of them.
test('the engine package has the tables and calls that we use beside its public ones', async () => {
  const { rows } = await own.database.query<{ name: string; columns: string }>(
    `select table_name as name, string_agg(column_name, ' ' order by column_name) as columns
     from information_schema.columns
     where table_schema = 'dbos' and table_name = any($1) group by 1`,
    [['operation_outputs', 'workflow_status']],
  );
  const columns = Object.fromEntries(rows.map((row) => [row.name, row.columns.split(' ')]));
  expect(
    columns['operation_outputs'],
    'another record of steps than step-records.ts writes',
  ).toEqual(STEP_COLUMNS);
  expect(columns['workflow_status'], 'other flows than we read').toEqual(
    expect.arrayContaining(FLOW_COLUMNS),
  );
  const calls = ['findAndMarkStartableWorkflows', 'countRunningWorkflowsForQueue'];
  expect(Object.getOwnPropertyNames(SystemDatabase.prototype), 'claims.ts').toEqual(
    expect.arrayContaining(calls),
  );
  expect(Object.getOwnPropertyNames(DBOSExecutor.prototype), 'engine.ts').toContain(
    'recoverPendingWorkflows',
  );
});

test('steps of many flows that end together are recorded in few statements, each under its own flow', async () => {
  let statements = 0;
  const counting: Queryable = {
    query: (text, values) => {
      statements += 1;
      return own.database.query(text, values as unknown[]) as never;
    },
  };
  const keep = stepRecords(counting, classify);
  const ids = await Promise.all(Array.from({ length: 20 }, () => takenFlow()));
  const journals = await Promise.all(ids.map((id) => journalOf(id, keep)));
  await Promise.all(
    journals.map((journal, index) => journal.durably({ name: `step ${index}` }, async () => DONE)),
  );
  expect(statements).toBeLessThan(10);
  for (const [index, id] of ids.entries()) expect(await recordedOf(id)).toEqual([`step ${index}`]);
});

test('of steps recorded together only those are kept whose flow is still ours', async () => {
  const keep = keeping();
  const ids = await Promise.all([takenFlow(), takenFlow(), takenFlow()]);
  const journals = await Promise.all(ids.map((id) => journalOf(id, keep)));
  await own.database.query(
    `update dbos.workflow_status set owner_xid = 'another' where workflow_uuid = $1`,
    [ids[1]],
  );
  const ends = await Promise.allSettled(
    journals.map((journal) => journal.durably({ name: 'step' }, async () => DONE)),
  );
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await Promise.all(ids.map(recordedOf))).toEqual([['step'], [], ['step']]);
});

test('one step that cannot be recorded fails no other flow', async () => {
  const keep = keeping();
  const ids = await Promise.all([takenFlow(), takenFlow(), takenFlow(), takenFlow()]);
  const journals = await Promise.all(ids.map((id) => journalOf(id, keep)));
  const ends = await Promise.allSettled(
    journals.map((journal, index) =>
      journal.durably({ name: index === 2 ? 'not a text \0' : 'step' }, async () => DONE),
    ),
  );
  const kept = ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'];
  expect(ends.map(({ status }) => status)).toEqual(kept);
});

test('a flow that gets a step further is not given up, however often its workers died', async () => {
  const id = await takenFlow(9);
  const journal = await journalOf(id);
  expect(await startsOf(id)).toBe(9);
  await journal.durably({ name: 'step' }, async () => DONE);
  expect(await startsOf(id)).toBe(1);
});
